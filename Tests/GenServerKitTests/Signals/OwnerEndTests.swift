import GenServerTesting
import Testing

@testable import GenServerKit

/// How the one who has asked ends.
private enum OwnerEnd: CaseIterable, Sendable {
  case stop, kill, crash

  func end<Server: PuppetShow>(_ server: ServerRef<Server>) async throws {
    let pid = try server.own()
    switch self {
    case .stop: try await server.stop()
    case .kill: pid.exit(.killed)
    case .crash: server.tell { _, _ in throw PuppetError("crash") }
    }
    _ = await pid.waitForExit()
  }
}

/// Puts handles aside, and notes what is begun.
private final class Desk: Sendable {
  private let clients = Observed<[ReplyTo<Int>]>([])

  func keep(_ client: ReplyTo<Int>) { clients.change { $0.append(client) } }
  func kept(_ count: Int) async -> [ReplyTo<Int>] { await clients.value { $0.count >= count } }

  func request(_ client: ReplyTo<Int>) -> Puppet.Call {
    Puppet.called { puppet, context in
      puppet.notes.append("begun")
      context.monitor(client) { .note("left: \($0.reason)") }
      self.keep(client)
      return .noReply
    }
  }
}

@Suite("Requests of processes that have ended", .timeLimit(.minutes(1))) struct OwnerEndTests {
  /// Lets the owner ask in both ways. The answers are messages that never come, or values that nobody awaits.
  private func ask<Server: PuppetShow>(_ owner: ServerRef<Server>, _ server: ServerRef<Puppet>, _ desk: Desk)
    async throws
  {
    try await owner.ask { _, context in
      context.request(server, timeout: .infinity, as: { (_: Result<Int, CallError>) in Server.note("answer") }) {
        desk.request($0)
      }
      _ = server.sendRequest { desk.request($0) } as PendingReply<Int>
    }
  }

  private func check<Server: PuppetShow>(_: Server.Type, _ way: OwnerEnd, _ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let desk = Desk()
      let server = try await Puppet.ready(.never)
      let owner = try await Server.ready(lending)
      let pid = try owner.own()
      try await ask(owner, server, desk)
      let clients = await desk.kept(2)
      #expect(clients.allSatisfy { $0.isWaiting })
      #expect(pid.core.sentRequestCount == 2)

      let gate = await server.hold()
      // These are not begun before the end.
      try await ask(owner, server, desk)
      try await way.end(owner)
      #expect(clients.allSatisfy { !$0.isWaiting })
      #expect(clients.allSatisfy { !$0.reply(7) })
      #expect(server.pid?.snapshot?.mailboxCount ?? 0 <= 2)
      gate.open()
      let reason = await pid.waitForExit()
      #expect(try await server.notes() == ["begun", "begun", "left: \(reason)", "left: \(reason)"])
      #expect(server.pid?.snapshot?.monitors == [])
      #expect(server.pid?.snapshot?.abandonedRequests == 2)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test(
    "Nobody waits for them, and what was not begun is skipped", arguments: OwnerEnd.allCases, PuppetLending.allCases)
  fileprivate func plain(_ way: OwnerEnd, _ lending: PuppetLending) async throws {
    try await check(Puppet.self, way, lending)
  }

  @Test("The same of servers with async handlers", arguments: OwnerEnd.allCases, PuppetLending.allCases)
  fileprivate func async(_ way: OwnerEnd, _ lending: PuppetLending) async throws {
    try await check(AsyncPuppet.self, way, lending)
  }

  @Test("A connection goes to one that lives")
  func handOut() async throws {
    try await withTestRuntime { _ in
      let desk = Desk()
      let pool = try await Puppet.ready(.never)
      let (first, second) = (try await Puppet.ready(.never), try await Puppet.ready(.never))
      for client in [first, second] {
        _ = try await client.ask { _, context in
          context.request(pool, as: { (result: Result<Int, CallError>) in .note("\((try? result.get()) ?? 0)") }) {
            desk.request($0)
          }
        }
        _ = try await pool.notes()
      }
      try await first.stop()
      let waiting = await desk.kept(2)
      let taken = waiting.first { $0.reply(7) }
      #expect(taken?.caller == second.pid)
      #expect(try await second.notes(1) == ["7"])
    }
  }

  @Test("A process without a server is such an owner too")
  func rawProcess() async throws {
    try await withTestRuntime { _ in
      let desk = Desk()
      let server = try await Puppet.ready(.never)
      let owner = spawn { process in
        _ = server.sendRequest { desk.request($0) } as PendingReply<Int>
        _ = try await process.receive(Int.self)
      }
      let client = try #require(await desk.kept(1).first)
      #expect(client.isWaiting)
      owner.send(1)
      #expect(await owner.waitForExit() == .normal)
      #expect(!client.isWaiting)
      #expect(!client.reply(1))
    }
  }

  @Test("A request that somebody else awaits outlives who has sent it")
  func handedOn() async throws {
    try await withTestRuntime { _ in
      let desk = Desk()
      let server = try await Puppet.ready(.never)
      let owner = try await Puppet.ready(.never)
      let pending = try await owner.ask { _, _ in server.sendRequest { desk.request($0) } as PendingReply<Int> }
      let client = try #require(await desk.kept(1).first)
      let wait = Task.immediate { try await pending.value(timeout: .infinity) }
      try await owner.stop()
      #expect(client.isWaiting)
      #expect(client.reply(7))
      #expect(try await wait.value == 7)

      let other = try await Puppet.ready(.never)
      let second = try await other.ask { _, _ in server.sendRequest { desk.request($0) } as PendingReply<Int> }
      let late = try #require(await desk.kept(2).last)
      let cancelled = Task.immediate { try await second.value(timeout: .infinity) }
      try await other.stop()
      #expect(late.isWaiting)
      // The last one who waited has gone.
      cancelled.cancel()
      await #expect(throws: CallError.cancelled()) { try await cancelled.value }
      #expect(!late.isWaiting)
    }
  }

  @Test("An owner that ends while it is answered hears nothing twice, on many threads")
  func storm() async throws {
    try await withRuntime(Runtime()) {
      let server = try await Puppet.ready(.never)
      for round in 0..<300 {
        let desk = Desk()
        let owner = try await Puppet.ready(.never)
        try await ask(owner, server, desk)
        let clients = await desk.kept(2)
        let pid = try owner.own()
        async let taken = Task.detached { clients.count { $0.reply(round) } }.value
        pid.exit(.killed)
        #expect(await pid.waitForExit() == .killed)
        #expect(await taken <= 2)
        #expect(clients.allSatisfy { !$0.isWaiting })
      }
      #expect(try await server.ask { _, context in context.snapshot.monitors.count } == 0)
    }
  }
}
