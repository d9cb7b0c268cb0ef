import Dispatch
import GenServerKit
import GenServerTesting
import Testing

// One at a time: plain handlers that stand at a gate hold threads.
@Suite("Stop", .serialized) struct StopTests {
  static let reasons: [ExitReason] = [
    .normal, .shutdown, .shutdownBecause("closing time"), .failure(ProbeError("other reason")),
  ]

  @Test(
    "GS-046: when stop returns terminate has run, the process is dead and its name is free", arguments: Setup.all)
  func stopIsSynchronous(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      // Often, and again and again under one name: a name that is freed late would show.
      for round in 1...20 {
        let journal = Journal()
        let server = try await setup.startLoop(LoopPlan(order: Order("round \(round)"), journal: journal))
        try await server.stop()
        #expect(journal.lines == [#"terminate: normal, ["round \#(round)"]"#])
        #expect(!server.pid.isAlive)
        #expect(!server.address.isAlive)
        #expect(setup.loopHolder(of: "loop") == nil)
        #expect(test.runtime.processes.isEmpty)
        #expect(await server.pid.waitForExit() == .normal)
      }
      #expect(test.logs.errors.isEmpty)
    }
  }

  @Test("GS-046: a stop waits its turn behind what is in the mailbox", arguments: Setup.all)
  func stopWaitsItsTurn(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let server = try await setup.startLoop(LoopPlan(journal: journal))
      for number in 1...50 { server.address.cast(Order("\(number)")) }
      try await server.stop()
      #expect(journal.lines == ["terminate: normal, \((1...50).map { "\($0)" })"])
    }
  }

  @Test("GS-047: a stop with another reason ends the server for it", arguments: Setup.all)
  func otherReason(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      for reason in Self.reasons {
        let journal = Journal()
        let server = try await setup.startLoop(LoopPlan(journal: journal))
        let exit = Task.immediate { await server.pid.waitForExit() }
        try await server.stop(reason)
        #expect(journal.lines == ["terminate: \(reason), []"])
        #expect(await exit.value == reason)
      }
    }
  }

  @Test("GS-048: a stop of what is not running fails at once", arguments: Setup.withoutLending, End.allCases)
  func notRunning(_ setup: Setup, _ end: End) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      switch end {
      case .stopped: try await server.stop()
      case .crashed: server.address.cast(Order("", ending: .fail(ProbeError("crash"))))
      case .killed: server.pid.exit(.killed)
      }
      #expect(await server.pid.waitForExit() == end.reason)
      await #expect(throws: CallError.noProcess()) { try await server.stop() }
      await #expect(throws: CallError.noProcess()) { try await server.stop(.shutdown, timeout: .seconds(1)) }
      await #expect(throws: CallError.noProcess()) { try await PlainLoopServer.named("nobody").stop() }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test(
    "GS-049: a server that stops itself is refused and keeps running", arguments: SelfStopper.Way.allCases,
    [false, true])
  func stopsItself(_ way: SelfStopper.Way, suspends: Bool) async throws {
    try await withTestRuntime { _ in
      for lending in [StartOption.CallsInPlace.never, .whenFast, .always] {
        let server = try await SelfStopper.start(suspends, name: .type, options: [.callsInPlace(lending)])
        #expect(try await server.call { .stopYourself(way, $0) } == .callingSelf())
        let done = Signal()
        server.cast(.stopYourself(way, done))
        await done.wait()
        #expect(try await server.call { .outcomes($0) } == [.callingSelf()])
        try await server.stop()
      }
    }
  }

  @Test("GS-050: a stop gives up when its time is over, and the server ends later", arguments: Setup.waitingCancellably)
  func timesOut(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let gate = Gate()
      let server = try await setup.startLoop(LoopPlan(gate: gate))
      let stop = Task { try await server.stop(timeout: .milliseconds(50)) }
      await gate.waitUntilReached()
      try await test.clock.expectTimer(after: .milliseconds(50))
      await #expect(throws: CallError.timeout()) { try await stop.value }
      #expect(server.pid.isAlive)
      gate.open()
      #expect(await server.pid.waitForExit() == .normal)
    }
  }

  @Test("GS-050: a stop gives up on time when terminate blocks its thread", arguments: [true, false])
  func timesOutWhileTerminateBlocks(isIdle: Bool) async throws {
    try await withSystemClock {
      let gate = Gate()
      let server = try await PlainLoopServer.start(LoopPlan(gate: gate))
      if !isIdle { server.cast(Order("busy")) }
      // Longer than the test may take: if the stop waits for `terminate` this opens the gate, and the test fails.
      DispatchQueue.global().asyncAfter(deadline: .now() + 5) { gate.open() }
      let start = ContinuousClock.now
      await #expect(throws: CallError.timeout()) { try await server.stop(timeout: .milliseconds(50)) }
      #expect(ContinuousClock.now - start < .seconds(4))
      gate.open()
      #expect(await server.waitForExit() == .normal)
    }
  }

  @Test(
    "GS-050: a stop whose time is over before the server comes to it still counts",
    arguments: Setup.whereHandlersWait)
  func timesOutInTheMailbox(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let gate = Gate()
      let server = try await setup.startLoop()
      server.address.cast(Order("busy", gate: gate))
      await gate.waitUntilReached()
      let stop = Task { try await server.stop(.shutdown, timeout: .milliseconds(50)) }
      try await test.clock.expectTimer(after: .milliseconds(50))
      await #expect(throws: CallError.timeout()) { try await stop.value }
      gate.open()
      #expect(await server.pid.waitForExit() == .shutdown)
    }
  }

  @Test("GS-051: a stop of a server whose terminate throws fails with what it threw", arguments: Setup.all)
  func terminateThrows(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let error = ProbeError("terminate")
      for reason in Self.reasons {
        let journal = Journal()
        let server = try await setup.startLoop(LoopPlan(journal: journal, error: error))
        await #expect(throws: CallError.exit(.failure(error))) { try await server.stop(reason) }
        #expect(await server.pid.waitForExit() == .failure(error))
        #expect(journal.lines == ["terminate: \(reason), []"])
      }
    }
  }

  @Test(
    "GS-051: a stop of a server that ends for another reason meanwhile fails with that",
    arguments: Setup.whereHandlersWait, [true, false])
  func endsOtherwise(_ setup: Setup, isKilled: Bool) async throws {
    try await withTestRuntime { test in
      let error = ProbeError("meanwhile")
      let gate = Gate()
      let server = try await setup.startLoop()
      server.address.cast(Order("busy", ending: .fail(error), gate: gate))
      await gate.waitUntilReached()
      let stop = Task { try await server.stop(timeout: .seconds(60)) }
      await test.clock.waitForTimers(1)
      if isKilled { server.pid.exit(.killed) }
      gate.open()
      let reason = isKilled ? ExitReason.killed : .failure(error)
      await #expect(throws: CallError.exit(reason)) { try await stop.value }
      #expect(await server.pid.waitForExit() == reason)
    }
  }
}
