import GenServerKit
import GenServerTesting
import Testing

@Suite("Calls to servers that end", .timeLimit(.minutes(2)))
struct FailedCallTests {
  @Test("GS-024: the handler of the call throws", arguments: Setup.all)
  func throwingHandler(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      let error = ProbeError("broken")
      await #expect(throws: CallError.exit(.failure(error))) { try await probe.call { .fail(error, $0) } }
      #expect(await probe.pid.waitForExit() == .failure(error))
    }
  }

  @Test(
    "GS-024: the server ends while it keeps the handle", arguments: Setup.all, [End.crashed, .killed])
  func heldCall(setup: Setup, end: End) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let call = Task { try await probe.call { .hold($0) } }
      await test.clock.waitForTimers()
      try await probe.handlesAll()
      #expect(try await end.happens(to: probe) == end.reason)
      await #expect(throws: CallError.exit(end.reason)) { try await call.value }
    }
  }

  @Test("GS-024: another process kills the server while the handler runs", arguments: Setup.allWhereHandlersWait)
  func runningCall(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let killer = try await Client.start()
      let gate = Gate()
      defer { gate.open() }
      let call = Task { try await probe.call { .wait(gate, $0) } }
      await gate.waitUntilReached()
      await test.clock.waitForTimers()
      killer.kill(probe.pid)
      // An answer from the killer means that the kill is done. A plain handler then has to return first.
      _ = try await killer.received()
      if setup.form == .plain { gate.open() }
      await #expect(throws: CallError.exit(.killed)) { try await call.value }
      #expect(await probe.pid.waitForExit() == .killed)
    }
  }

  @Test(
    "GS-024: the server ends while the call waits behind others", arguments: Setup.allWhereHandlersWait,
    [End.crashed, .killed])
  func queuedCall(setup: Setup, end: End) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let gate = Gate()
      defer { gate.open() }
      probe.cast(end == .crashed ? .waitAndFail(gate, ProbeError("crash")) : .wait(gate))
      await gate.waitUntilReached()
      let call = Task { try await probe.notes() }
      await test.clock.waitForTimers()
      if end == .killed { probe.pid.exit(.killed) }
      gate.open()
      await #expect(throws: CallError.exit(end.reason)) { try await call.value }
      #expect(await probe.pid.waitForExit() == end.reason)
    }
  }

  @Test(
    "GS-025: a handler that stops without an answer fails the call with its reason", arguments: Setup.all,
    [.normal, .shutdown, .shutdownBecause("full")] as [ExitReason])
  func stopWithoutAnswer(setup: Setup, reason: ExitReason) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      await #expect(throws: CallError.exit(reason)) { try await probe.call { .stop(reason, $0) } }
      #expect(await probe.pid.waitForExit() == reason)
    }
  }

  // A server without a handler for its requests does not compile. What comes nearest is a handler that has no answer
  // for this one and throws.
  @Test("GS-032: a request that the handler does not know ends server and call alike", arguments: Setup.all)
  func unknownRequest(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      let error = await #expect(throws: CallError.self) {
        try await probe.call { .fail(ProbeError("no such request"), $0) }
      }
      let reason = await probe.pid.waitForExit()
      #expect(reason == .failure(ProbeError("no such request")))
      #expect(error?.exitReason == reason)
    }
  }

  // Here, too, a server without the handler does not compile.
  @Test(
    "GS-033: a cast or a step that the handler does not know ends the server", arguments: Setup.all,
    [ProbeCast.fail(ProbeError("unknown")), .proceed(.fail(ProbeError("unknown")))])
  func unknownCastOrStep(setup: Setup, cast: ProbeCast) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      #expect(probe.cast(cast) == .enqueued)
      #expect(await probe.pid.waitForExit() == .failure(ProbeError("unknown")))
    }
  }
}
