import GenServerKit
import GenServerTesting
import Testing

@Suite("Calling a server", .timeLimit(.minutes(2)))
struct CallTests {
  @Test("GS-011: a call returns the answer, and the next request sees the new state", arguments: Setup.all)
  func basicCall(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      for count in 1...10 {
        let expected = (1...count).map { "note \($0)" }
        #expect(try await probe.call { .note("note \(count)", $0) } == expected)
        #expect(try await probe.notes() == expected)
      }
    }
  }

  @Test("GS-016: a call without a timeout fails after five seconds", arguments: Setup.all)
  func defaultTimeout(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let call = Task { try await probe.call { .hold($0) } }
      try await test.clock.expectTimer(after: .seconds(5))
      await #expect(throws: CallError.timeout()) { try await call.value }
    }
  }

  @Test(
    "GS-017: a call that times out names server and request, and its caller lives", arguments: Setup.all,
    Caller.Kind.allCases)
  func timeout(setup: Setup, kind: Caller.Kind) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let caller = try await Caller(kind)
      let call = Task {
        try await caller.ask(probe, timeout: .milliseconds(1)) { .answer("late", after: .milliseconds(30), $0) }
      }
      try await test.clock.expectTimer(after: .milliseconds(1), of: 2)
      let error = await #expect(throws: CallError.self) { try await call.value }
      let details = try #require(error).details
      #expect(error == .timeout())
      #expect(details.caller == caller.process?.pid)
      #expect(details.server.contains(setup.address == .pid ? "\(probe.pid)" : "probe"))
      #expect(details.request.contains("answer") && details.request.contains("late"))
      #expect("\(try #require(error))".contains("timeout"))
      let next = Task { try await caller.ask(probe) { .answer("in time", after: .milliseconds(30), $0) } }
      await test.clock.waitForTimers(3)
      // The answer to the first call comes a millisecond before the other, and goes nowhere.
      test.clock.jump(by: .milliseconds(30))
      #expect(try await next.value == "in time")
    }
  }

  @Test(
    "GS-019: a request whose caller gave up is skipped and counted, or handled if asked for",
    arguments: Setup.allWhereHandlersWait, [nil, .skip, .run] as [StartOption.AbandonedRequests?])
  func abandonedRequest(setup: Setup, choice: StartOption.AbandonedRequests?) async throws {
    try await withSystemClock {
      let gate = Gate()
      defer { gate.open() }
      let probe = try await setup.start(options: choice.map { [.abandonedRequests($0)] } ?? [])
      probe.cast(.wait(gate))
      await gate.waitUntilReached()
      await #expect(throws: CallError.timeout()) {
        try await probe.call(timeout: .milliseconds(5)) { .note("abandoned", $0) }
      }
      gate.open()
      #expect(try await probe.notes() == (choice == .run ? ["abandoned"] : []))
      #expect(probe.pid.core.abandonedRequests == (choice == .run ? 0 : 1))
    }
  }

  @Test("GS-020: a call without a limit waits as long as it takes", arguments: Setup.all)
  func infiniteTimeout(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let call = Task {
        try await probe.call(timeout: .infinity) { .answer("at last", after: .seconds(3600), $0) }
      }
      try await test.clock.expectTimer(after: .seconds(3600))
      #expect(try await call.value == "at last")
    }
  }

  @Test("GS-021: a call to a dead pid fails at once", arguments: Setup.all, End.allCases)
  func deadServer(setup: Setup, end: End) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      #expect(try await end.happens(to: probe) == end.reason)
      await #expect(throws: CallError.noProcess()) { try await probe.notes() }
      await #expect(throws: CallError.noProcess()) { try await probe.call(timeout: .infinity) { .notes($0) } }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("GS-022: a call to an unknown name fails at once", arguments: Setup.byName)
  func unknownName(setup: Setup) async throws {
    try await withTestRuntime { test in
      let nobody = setup.named("nobody")
      await #expect(throws: CallError.noProcess()) { try await nobody.ask(timeout: nil) { .notes($0) } }
      await #expect(throws: CallError.noProcess()) { try await nobody.ask(timeout: .infinity) { .notes($0) } }
      #expect(test.clock.armedTimers == 0)
    }
  }

  // A plain handler cannot call anybody, so it cannot call itself.
  @Test(
    "GS-023: a server that calls itself gets an error at once", arguments: SelfCaller.Way.allCases,
    [.never, .whenFast, .always] as [StartOption.CallsInPlace])
  func callingItself(way: SelfCaller.Way, lending: StartOption.CallsInPlace) async throws {
    for suspends in [false, true] {
      try await withTestRuntime { _ in
        let server = try await SelfCaller.start(suspends, name: .type, options: [.callsInPlace(lending)])
        for _ in 1...5 { #expect(try await server.answer() == 42) }
        #expect(try await server.callYourself(way) == .failure(.callingSelf()))
        #expect(try await server.answer() == 42)
      }
    }
  }
}
