import GenServerKit
import GenServerTesting
import Testing

// One at a time: plain handlers that stand at a gate hold threads.
@Suite("Requests whose callers have given up", .serialized, .timeLimit(.minutes(5))) struct AbandonedRequestTests {
  enum GivingUp: CaseIterable {
    case timeout
    case cancellation
  }

  private func abandon(
    _ setup: Setup, _ way: GivingUp, _ options: [StartOption], _ body: (RunningLoop) async throws -> Void
  ) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop(options: options)
      let gate = Gate()
      server.address.cast(Order("busy", gate: gate))
      await gate.waitUntilReached()
      let calls = (1...3).map { number in
        Task.immediate {
          try await server.address.ask(timeout: .milliseconds(50)) { .follow(Order("\(number)"), $0) }
        }
      }
      let error: CallError
      switch way {
      case .timeout:
        await test.clock.waitForTimers(3)
        test.clock.jump(by: .milliseconds(50))
        error = .timeout()
      case .cancellation:
        for call in calls { call.cancel() }
        error = .cancelled()
      }
      for call in calls { await #expect(throws: error) { try await call.value } }
      gate.open()
      try await body(server)
    }
  }

  @Test("they are skipped and counted", arguments: Setup.whereHandlersWait, GivingUp.allCases)
  func skip(_ setup: Setup, _ way: GivingUp) async throws {
    try await abandon(setup, way, []) { server async throws in
      #expect(try await server.notes() == ["busy"])
      #expect(server.pid.core.abandonedRequests == 3)
    }
  }

  @Test("they are handled where that is asked for", arguments: Setup.whereHandlersWait, GivingUp.allCases)
  func run(_ setup: Setup, _ way: GivingUp) async throws {
    try await abandon(setup, way, [.abandonedRequests(.run)]) { server async throws in
      #expect(try await server.notes() == ["busy", "1", "2", "3"])
      #expect(server.pid.core.abandonedRequests == 0)
    }
  }
}
