import GenServerTesting
import Synchronization
import Testing

@testable import GenServerKit

/// Reply handles that a server has put aside.
private final class Clients: Sendable {
  private let all = Observed<(waiting: [ReplyTo<Int>], isComplete: Bool)>(([], false))

  func append(_ client: ReplyTo<Int>) { all.change { $0.waiting.append(client) } }
  func takeFirst() -> ReplyTo<Int>? { all.change { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() } }
  func removeAll() { all.change { $0.waiting = [] } }

  /// The first one once there is one; nil when there will be no more.
  func next() async -> ReplyTo<Int>? {
    _ = await all.value { !$0.waiting.isEmpty || $0.isComplete }
    return takeFirst()
  }

  func complete() { all.change { $0.isComplete = true } }
}

private final class ClientTally: Sendable {
  let answered = Atomic<Int>(0)
  let gaveUp = Atomic<Int>(0)
}

extension ServerRef where Server: PuppetShow {
  /// Calls, and lets the server put the handle aside and watch the caller.
  fileprivate func waitWatched(
    _ clients: Clients, timeout: Timeout = .infinity, times: Int = 1
  ) async throws(CallError) -> Int {
    try await ask(timeout: timeout) { (_, context, client: ReplyTo<Int>) in
      for _ in 0..<times { context.monitor(client) { Server.note("left: \($0.reason)") } }
      clients.append(client)
    }
  }

  /// Returns when that many handlers have run, and so many clients wait.
  fileprivate func sync() async throws { _ = try await notes() }
}

private let timedOut = "left: \(ExitReason.failure(CallError.timeout()))"
private let cancelled = "left: \(ExitReason.failure(CallError.cancelled()))"

private struct GivesUp: SignalCheck {
  let test: TestRuntime

  func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
    let clients = Clients()
    let server = try await make()
    let late = Task { try await server.waitWatched(clients, timeout: .seconds(1)) }
    await test.clock.waitForTimers(1)
    try await server.sync()
    #expect(try await server.notes() == [])
    await test.clock.advance(by: .seconds(1))
    await #expect(throws: CallError.timeout()) { try await late.value }
    #expect(try await server.notes() == [timedOut])

    let gone = Task.immediate { try await server.waitWatched(clients, times: 2) }
    try await server.sync()
    gone.cancel()
    await #expect(throws: CallError.cancelled()) { try await gone.value }
    #expect(try await server.notes() == [timedOut, cancelled, cancelled])
    #expect(clients.takeFirst()?.reply(1) == false)
    #expect(clients.takeFirst()?.reply(1) == false)
  }
}

private struct Answered: SignalCheck {
  let test: TestRuntime

  func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
    let clients = Clients()
    let server = try await make()
    // By the handler itself, by the step that it returns, and by somebody else later.
    for round in 0..<3 {
      #expect(
        try await server.ask { (_, context, client: ReplyTo<Int>) in
          context.monitor(client) { Server.note("left: \($0.reason)") }
          client.reply(round)
        } == round)
      #expect(
        try await server.call { (client: ReplyTo<Int>) in
          Server.called { _, context in
            context.monitor(client) { Server.note("left: \($0.reason)") }
            return .reply(round, to: client)
          }
        } == round)
      let later = Task.immediate { try await server.waitWatched(clients, times: 2) }
      try await server.sync()
      #expect(clients.takeFirst()?.reply(round) == true)
      #expect(try await later.value == round)
    }
    // A handle that is dropped is an answer too.
    let dropped = Task.immediate { try await server.waitWatched(clients) }
    try await server.sync()
    clients.removeAll()
    await #expect(throws: CallError.replyDropped()) { try await dropped.value }
    #expect(try await server.notes() == [])
    #expect(try #require(server.pid?.snapshot).monitors.isEmpty)
  }
}

private struct CallerEnds: SignalCheck {
  func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
    let clients = Clients()
    let server = try await make()
    let caller = spawn { _ in _ = try await server.waitWatched(clients) }
    let client = try #require(await clients.next())
    #expect(client.caller == caller)
    caller.exit(crash)
    #expect(await caller.waitForExit() == crash)
    #expect(try await server.notes() == ["left: \(crash)"])
  }
}

private struct Demonitored: SignalCheck {
  let test: TestRuntime

  func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
    let clients = Clients()
    let server = try await make()
    let call = Task.immediate {
      try await server.ask { (_, context, client: ReplyTo<Int>) in
        context.demonitor(context.monitor(client) { Server.note("left: \($0.reason)") })
        clients.append(client)
      }
    }
    try await server.sync()
    call.cancel()
    await #expect(throws: CallError.cancelled()) { try await call.value }
    #expect(try await server.notes() == [])
  }
}

/// What a caller does after it gave up comes behind the message of that.
private struct GivesUpFirst: SignalCheck {
  let test: TestRuntime

  func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
    let clients = Clients()
    let server = try await make()
    for round in 0..<20 {
      let isTimeout = round % 2 == 0
      let call = Task.immediate {
        _ = try? await server.waitWatched(clients, timeout: isTimeout ? .seconds(1) : .infinity)
        server.tell { puppet, _ in puppet.notes.append("next") }
      }
      if isTimeout { await test.clock.waitForTimers(1) }
      try await server.sync()
      if isTimeout { await test.clock.advance(by: .seconds(1)) } else { call.cancel() }
      await call.value
    }
    let notes = try await server.notes()
    #expect(notes == (0..<20).flatMap { [$0 % 2 == 0 ? timedOut : cancelled, "next"] })
  }
}

@Suite("Watches on clients")
struct ClientMonitorTests {
  @Test("A caller that gives up makes one message of each watch", arguments: SignalCase.allCases)
  func givesUp(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in try await kind.run(GivesUp(test: test)) }
  }

  @Test("The message is there before the caller goes on", arguments: SignalCase.allCases)
  func givesUpFirst(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in try await kind.run(GivesUpFirst(test: test)) }
  }

  @Test("A caller that has its answer makes none", arguments: SignalCase.allCases)
  func answered(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in try await kind.run(Answered(test: test)) }
  }

  @Test("The end of a calling process is its reason", arguments: SignalCase.allCases)
  func callerEnds(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(CallerEnds()) }
  }

  @Test("A watch that was ended makes none", arguments: SignalCase.allCases)
  func demonitored(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in try await kind.run(Demonitored(test: test)) }
  }

  @Test("Requests that are given up make a message", arguments: PuppetLending.allCases)
  func requests(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let clients = Clients()
      let server = try await Puppet.ready(lending)
      @Sendable func watched(_ client: ReplyTo<Int>) -> Puppet.Call {
        Puppet.called { _, context in
          context.monitor(client) { Puppet.note("left: \($0.reason)") }
          clients.append(client)
          return .noReply
        }
      }
      let pending = server.sendRequest { watched($0) }
      try await server.sync()
      pending.cancel()
      #expect(try await server.notes() == [cancelled])

      let asker = try await Puppet.ready(lending)
      let reference = try await asker.ask { _, context in
        context.request(server, as: { (_: Result<Int, CallError>) in Puppet.note("answer") }) { watched($0) }
      }
      try await server.sync()
      reference.cancel()
      #expect(try await server.notes() == [cancelled, cancelled])

      _ = try await asker.ask { _, context in
        context.request(server, timeout: .seconds(1), as: { (_: Result<Int, CallError>) in Puppet.note("answer") }) {
          watched($0)
        }
      }
      try await server.sync()
      await test.clock.advance(by: .seconds(1))
      #expect(try await server.notes() == [cancelled, cancelled, timedOut])
      #expect(try await asker.notes() == ["answer"])
    }
  }

  @Test("The message of a request that ran out of time is there before the asking server goes on")
  func requestGivesUpFirst() async throws {
    try await withTestRuntime { test in
      let clients = Clients()
      let (server, asker) = (try await Puppet.ready(.never), try await Puppet.ready(.never))
      for _ in 0..<20 {
        _ = try await asker.ask { _, context in
          context.request(
            server, timeout: .seconds(1),
            as: { (_: Result<Int, CallError>) in
              .perform { _, _ in
                server.send(.note("next"))
                return .noReply
              }
            }
          ) { client in
            Puppet.called { _, context in
              context.monitor(client) { Puppet.note("left: \($0.reason)") }
              clients.append(client)
              return .noReply
            }
          }
        }
        try await server.sync()
        await test.clock.advance(by: .seconds(1))
        try await asker.sync()
      }
      #expect(try await server.notes() == (0..<20).flatMap { _ in [timedOut, "next"] })
    }
  }

  @Test("Answers, time-outs and cancellations from all sides leave at most one message each, and nothing behind")
  func storm() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) {
      let server = try await Puppet.ready(.always)
      let clients = Clients()
      let tally = ClientTally()
      async let answers: Void = { while let client = await clients.next() { client.reply(1) } }()
      // The answer, the cancellation and the end of the time meet in one waiter, on three threads.
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<8 {
          group.addTask {
            for round in 0..<250 {
              let call = Task.immediate {
                do {
                  _ = try await server.waitWatched(clients, timeout: round % 3 == 0 ? .milliseconds(0) : .infinity)
                  tally.answered.add(1, ordering: .relaxed)
                } catch {
                  tally.gaveUp.add(1, ordering: .relaxed)
                }
              }
              if (index + round) % 2 == 0 { call.cancel() }
              await call.value
            }
          }
        }
      }
      clients.complete()
      await answers
      #expect(tally.answered.load(ordering: .relaxed) + tally.gaveUp.load(ordering: .relaxed) == 2000)
      let notes = try await server.notes()
      #expect(notes.count <= tally.gaveUp.load(ordering: .relaxed))
      #expect(notes.allSatisfy { $0 == timedOut || $0 == cancelled })
      #expect(try #require(server.pid?.snapshot).monitors.isEmpty)
      try await server.stop()
    }
  }

  /// A lent run has its answer and others hold its handle: some of them watch it at that very moment.
  @Test("A watch that is set while a lent run is answered ends", arguments: ["in between", "before", "after"])
  func lentAnswer(_ moment: String) async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      func watch(_ node: ReplyNode) async throws {
        let client = ReplyTo<Int>(node)
        _ = try await server.ask { _, context in context.monitor(client) { Puppet.note("left: \($0.reason)") } }
      }
      func watches() throws -> Int { try #require(server.pid?.snapshot).monitors.count }

      let node = ReplyNode()
      if moment == "before" { try await watch(node) }
      #expect(node.claim())
      node.write(1)
      if moment == "in between" {
        try await watch(node)
        #expect(try watches() == 1)
      }
      // Wipes the mark out.
      node.publishToLender()
      node.endWatchOfLender()
      if moment == "after" { try await watch(node) }
      #expect(try watches() == 0)

      // Where nobody else holds the node, it is used again, and has no watch of its last call.
      func answer() async throws {
        let node = ReplyNode()
        #expect(node.claim())
        node.write(1)
        try await watch(node)
        node.publishToLender()
        ReplyNode.recycle(consume node)
      }
      for _ in 0..<3 { try await answer() }
      #expect(try watches() == 0)
      #expect(try await server.notes() == [])
    }
  }

  @Test("Watches of others on callers that lend their threads end with the answers, however they meet")
  func lentStorm() async throws {
    try await withRuntime(Runtime()) {
      let helper = try await Puppet.ready(.never)
      let front = try await Puppet.ready(.always)
      for round in 0..<20_000 {
        let answer: Int = try await front.call { client in
          Puppet.called { _, _ in
            helper.tell { _, context in context.monitor(client) { Puppet.note("left: \($0.reason)") } }
            // For a moment that differs, so that answer and watch meet everywhere.
            var turn = 0
            for step in 0..<(round &* 7919 % 300) { turn ^= step }
            return .reply(turn == -1 ? 0 : 1, to: client)
          }
        }
        #expect(answer == 1)
        if round % 100 == 0 {
          let watches = try await helper.ask { _, context in context.snapshot.monitors.count }
          #expect(watches == 0)
          if watches != 0 { break }
        }
      }
      #expect(try await helper.notes() == [])
    }
  }

  @Test("A watch that comes after the answer tells nothing, also where another one was there before")
  func watchAfterAnswer() async throws {
    try await withTestRuntime { _ in
      let clients = Clients()
      let server = try await Puppet.ready(.never)
      let call = Task.immediate { try await server.waitWatched(clients) }
      let client = try #require(await clients.next())
      #expect(client.reply(1))
      #expect(try await call.value == 1)
      let watches = try await server.ask { _, context in
        context.monitor(client) { Puppet.note("left: \($0.reason)") }
        return context.snapshot.monitors.count
      }
      #expect(watches == 0)
      #expect(try await server.notes() == [])
    }
  }

  @Test("A caller that gave up while it was answered is told of to its watch, and else is not")
  func answerThatNobodyTakes() async throws {
    try await withTestRuntime { _ in
      let clients = Clients()
      let server = try await Puppet.ready(.never)
      let call = Task.immediate { try await server.waitWatched(clients) }
      let client = try #require(await clients.next())
      call.cancel()
      await #expect(throws: CallError.cancelled()) { try await call.value }
      #expect(!client.reply(1))
      #expect(try await server.notes() == [cancelled])
      #expect(try #require(server.pid?.snapshot).monitors.isEmpty)
    }
  }
}
