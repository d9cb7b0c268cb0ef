import GenServerTesting
import Testing

@testable import GenServerKit

/// What a server that lives on keeps of what is over: nothing.
@Suite("A server that lives long collects nothing", .timeLimit(.minutes(5))) struct LongLivedServerTests {
  private struct Kept: Equatable, CustomStringConvertible {
    var observers: Int
    var watches: Int
    var requests: Int
    var messages: Int
    var timers: Int

    init(_ server: ServerRef<some PuppetShow>, _ test: TestRuntime) throws {
      let core = try server.own().core
      observers = core.lock.withLock { core.observers.all.count }
      watches = core.snapshot.monitors.count
      requests = core.sentRequestCount
      messages = core.snapshot.mailboxCount
      timers = test.clock.armedTimers
    }

    var description: String {
      "\(observers) observers, \(watches) watches, \(requests) requests, \(messages) messages, \(timers) timers"
    }
  }

  private struct Check: SignalCheck {
    let test: TestRuntime

    /// What is kept after each kind of thing has happened a thousand times.
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let other = try await Puppet.ready(.never)
      try await server.fallsIdle()
      let before = try Kept(server, test)
      func check(_ kind: Comment, _ act: (Int) async throws -> Void) async throws {
        for round in 0..<1000 { try await act(round) }
        // What the other one has sent comes before what is asked now.
        _ = try await other.notes()
        _ = try await server.notes()
        try await server.fallsIdle()
        #expect(try Kept(server, test) == before, kind)
      }

      try await check("calls") { round async throws in
        #expect(try await server.ask { _, _ in round } == round)
      }
      try await check("calls that give up") { _ async throws in
        let call = Task.immediate { try await server.ask(timeout: .infinity) { (_, _, client: ReplyTo<Int>) in } }
        call.cancel()
        _ = try? await call.value
      }
      try await check("requests, answered") { round async throws in
        let reply: PendingReply<Int> = server.sendRequest { client in
          Server.called { _, _ in .reply(round, to: client) }
        }
        #expect(try await reply.value() == round)
      }
      try await check("requests, given up") { _ async throws in
        let reply: PendingReply<Int> = server.sendRequest { client in Server.called { _, _ in .reply(1, to: client) } }
        reply.cancel()
      }
      try await check("requests of its own") { _ async throws in
        try await server.ask { _, context in
          context.request(other, as: { (_: Result<Int, CallError>) in Server.note("") }) { client in
            Puppet.called { _, _ in .reply(1, to: client) }
          }
          _ = other.sendRequest { client in Puppet.called { _, _ in .reply(1, to: client) } } as PendingReply<Int>
        }
      }
      try await check("requests of its own, given up") { _ async throws in
        try await server.ask { _, context in
          context.request(other, as: { (_: Result<Int, CallError>) in Server.note("") }) { client in
            Puppet.called { _, _ in .reply(1, to: client) }
          }.cancel()
          (other.sendRequest { client in Puppet.called { _, _ in .reply(1, to: client) } } as PendingReply<Int>)
            .cancel()
        }
      }
      try await check("watches on clients") { round async throws in
        #expect(
          try await server.call { (client: ReplyTo<Int>) in
            Server.called { _, context in
              context.monitor(client) { Server.note("\($0.reason)") }
              return .reply(round, to: client)
            }
          } == round)
      }
      try await check("watches on clients, answered by another server that is watched too") { round async throws in
        #expect(
          try await server.ask { (_, context, client: ReplyTo<Int>) in
            context.monitor(client) { Server.note("\($0.reason)") }
            other.tell { _, context in
              context.monitor(client) { .note("\($0.reason)") }
              client.reply(round)
            }
          } == round)
      }
      try await check("watches") { _ async throws in
        try await server.ask { _, context in
          context.demonitor(context.monitor(try other.own()) { Server.note("\($0.reason)") })
        }
      }
      try await check("watches on what has ended") { _ async throws in
        try await server.ask { _, context in
          context.demonitor(context.monitor(Puppet.named("nobody")) { Server.note("\($0.reason)") })
        }
      }
      try await check("looks into it") { _ in _ = try await Sys.state(of: server) { $0.notes.count } }
    }
  }

  @Test("of calls, requests, watches and looks", arguments: SignalCase.allCases)
  func nothing(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in try await kind.run(Check(test: test)) }
  }
}
