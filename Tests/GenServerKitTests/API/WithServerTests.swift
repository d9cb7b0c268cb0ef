import GenServerKit
import GenServerTesting
import Testing

/// Writes down how it ends, and can fail at it.
private struct ScopedServer: GenServer {
  struct Plan: Sendable {
    let journal: PuppetJournal
    var failsToStart = false
    var failsToTerminate = false
  }

  enum Call: Sendable { case ping(ReplyTo<String>) }
  enum Cast: Sendable { case crash }

  let plan: Plan

  static func initialize(_ plan: Plan, context: Context) throws -> Initial {
    if plan.failsToStart { throw PuppetError("start") }
    plan.journal.write("initialize")
    return .ok(Self(plan: plan))
  }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .ping(let client): .reply("pong", to: client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) throws -> Next { throw PuppetError("crash") }

  func terminate(_ reason: ExitReason, context: Context) throws {
    plan.journal.write("terminate: \(reason)")
    if plan.failsToTerminate { throw PuppetError("terminate") }
  }
}

/// What cannot be copied.
private struct ScopedToken: ~Copyable {
  let number: Int
}

@Suite("Server of a scope", .timeLimit(.minutes(1))) struct WithServerTests {
  @Test("The server lives in its scope, and has ended after it")
  func scope() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let (answer, pid) = try await withServer(ScopedServer.self, .init(journal: journal), name: "scoped") { server in
        #expect(ScopedServer.whereis("scoped") == server)
        return (try await server.call { .ping($0) }, try #require(server.pid))
      }
      #expect(answer == "pong")
      #expect(!pid.isAlive)
      #expect(await pid.waitForExit() == .normal)
      #expect(journal.lines == ["initialize", "terminate: normal"])
      #expect(ScopedServer.whereis("scoped") == nil)
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("What the body throws comes out, when the server has ended")
  func throwing() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      await #expect(throws: PuppetError("body")) {
        try await withServer(ScopedServer.self, .init(journal: journal)) { _ in throw PuppetError("body") }
      }
      #expect(journal.lines == ["initialize", "terminate: normal"])
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("A task that is cancelled inside leaves no server behind")
  func cancelled() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let gate = PuppetGate()
      let task = Task {
        try await withServer(ScopedServer.self, .init(journal: journal)) { _ in try await gate.pass() }
      }
      await gate.reached.value()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(journal.lines == ["initialize", "terminate: normal"])
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("A body that takes no notice of its cancellation returns, and the server has ended")
  func cancelledButDone() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let gate = PuppetGate()
      let task = Task {
        try await withServer(ScopedServer.self, .init(journal: journal)) { _ in
          await gate.stand()
          return 7
        }
      }
      await gate.reached.value()
      task.cancel()
      gate.open()
      let result = try await task.value
      #expect(result == 7)
      #expect(journal.lines == ["initialize", "terminate: normal"])
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("The server's messages are handled before it ends")
  func lastMessages() async throws {
    try await withTestRuntime { _ in
      let journal = PuppetJournal()
      try await withServer(Puppet.self) { puppet in
        for number in 0..<5 { puppet.tell { _, _ in journal.write("\(number)") } }
      }
      #expect(journal.lines == ["0", "1", "2", "3", "4"])
    }
  }

  @Test("A server that has ended before is no error")
  func endedBefore() async throws {
    try await withTestRuntime { _ in
      let journal = PuppetJournal()
      let result = try await withServer(ScopedServer.self, .init(journal: journal)) { server in
        server.cast(.crash)
        #expect(await server.waitForExit() == .failure(PuppetError("crash")))
        return 1
      }
      #expect(result == 1)
      let stopped = try await withServer(ScopedServer.self, .init(journal: journal)) { server in
        try await server.stop(.shutdown)
        return 2
      }
      #expect(stopped == 2)
    }
  }

  @Test("A server that crashes while it is stopped is an error")
  func crashAtTheEnd() async throws {
    try await withTestRuntime { test in
      let plan = ScopedServer.Plan(journal: PuppetJournal(), failsToTerminate: true)
      await #expect(throws: CallError.exit(.failure(PuppetError("terminate")))) {
        try await withServer(ScopedServer.self, plan) { _ in 1 }
      }
      // The body's own error comes first.
      await #expect(throws: PuppetError("body")) {
        try await withServer(ScopedServer.self, plan) { _ in throw PuppetError("body") }
      }
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("A server that does not start is an error, and the body does not run")
  func failedStart() async throws {
    try await withTestRuntime { _ in
      let plan = ScopedServer.Plan(journal: PuppetJournal(), failsToStart: true)
      await #expect(throws: StartError.failed(.failure(PuppetError("start")))) {
        try await withServer(ScopedServer.self, plan) { _ in Issue.record("The body runs.") }
      }
      await #expect(throws: StartError.self) {
        try await withServer(Puppet.self, options: [.mailbox(limit: 0)]) { _ in Issue.record("The body runs.") }
      }
    }
  }

  @Test("A result that cannot be copied passes")
  func noncopyable() async throws {
    try await withTestRuntime { _ in
      let token = try await withServer(Puppet.self, name: "puppet") { puppet in
        ScopedToken(number: try await puppet.ask { _, _ in 42 })
      }
      #expect(token.number == 42)
    }
  }
}
