import GenServerKit
import GenServerTesting
import Testing

@Suite("Answering a call", .timeLimit(.minutes(2)))
struct ReplyTests {
  @Test(
    "GS-012: a later handler answers, and others are served meanwhile", arguments: Setup.all,
    [ProbeInfo.answer("later"), .answerByReturning("later")])
  func laterInfo(setup: Setup, answer: ProbeInfo) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let call = Task { try await probe.call { .hold($0) } }
      await test.clock.waitForTimers()
      #expect(try await probe.call { .note("meanwhile", $0) } == ["meanwhile"])
      probe.send(answer)
      #expect(try await call.value == "later")
    }
  }

  @Test("GS-012: a timer's message answers, and others are served meanwhile", arguments: Setup.all)
  func laterTimer(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let call = Task { try await probe.call { .answer("later", after: .milliseconds(50), $0) } }
      await test.clock.waitForTimers(2)
      #expect(try await probe.call { .note("meanwhile", $0) } == ["meanwhile"])
      await test.clock.advance(by: .milliseconds(50))
      #expect(try await call.value == "later")
    }
  }

  @Test("GS-012: an idle timeout answers", arguments: Setup.all)
  func laterIdleTimeout(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      #expect(try await probe.call { .note("before", $0) } == ["before"])
      let call = Task { try await probe.call { .answerWhenIdle("later", for: .milliseconds(50), $0) } }
      try await test.clock.expectTimer(after: .milliseconds(50), of: 2)
      #expect(try await call.value == "later")
    }
  }

  @Test("GS-013: another server answers", arguments: Setup.all)
  func anotherServer(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      let helper = try await setup.start(name: "helper")
      for round in 1...20 {
        #expect(try await probe.call { .delegate("help \(round)", to: helper, $0) } == "help \(round)")
      }
      #expect(try await probe.call { .note("still there", $0) } == ["still there"])
    }
  }

  @Test("GS-013: a task answers", arguments: Setup.all)
  func task(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      for round in 1...20 {
        #expect(try await probe.call { .delegateToTask("help \(round)", $0) } == "help \(round)")
      }
      #expect(try await probe.call { .note("still there", $0) } == ["still there"])
    }
  }

  @Test(
    "GS-014: an answer through the handle arrives before the handler returns", arguments: Setup.allWhereHandlersWait)
  func answerBeforeReturning(setup: Setup) async throws {
    try await withSystemClock {
      let probe = try await setup.start()
      let gate = Gate()
      defer { gate.open() }
      #expect(try await probe.call { .answerFirst("early", gate, $0) } == "early")
      probe.cast(.note("after the gate"))
      gate.open()
      #expect(try await probe.notes() == ["after the gate"])
    }
  }

  @Test("GS-015: answering a cancelled caller is harmless", arguments: Setup.all)
  func cancelledCaller(setup: Setup) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      let call = Task { try await probe.call { .hold($0) } }
      await test.clock.waitForTimers()
      try await probe.handlesAll()
      call.cancel()
      await #expect(throws: CallError.cancelled()) { try await call.value }
      probe.send(.answer("too late"))
      #expect(try await probe.call { .note("still there", $0) } == ["still there"])
      #expect(journal.lines(beginningWith: "answered") == ["answered false"])
    }
  }

  @Test(
    "GS-015: answering a dead process is harmless", arguments: Setup.all,
    [ProbeInfo.answer("too late"), .answerByReturning("too late")])
  func deadCaller(setup: Setup, answer: ProbeInfo) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      let caller = try await Caller(.process)
      let call = Task { try await caller.ask(probe) { .hold($0) } }
      await test.clock.waitForTimers()
      try await probe.handlesAll()
      let client = try #require(caller.process?.pid)
      client.exit(.killed)
      #expect(await client.waitForExit() == .killed)
      await #expect(throws: CallError.self) { try await call.value }
      probe.send(answer)
      #expect(try await probe.call { .note("still there", $0) } == ["still there"])
      #expect(!journal.lines.contains("answered true"))
      #expect(test.logs.errors.isEmpty)
    }
  }

  @Test(
    "GS-018: a late answer is dropped, and no later call gets it", arguments: Setup.all, Caller.Kind.allCases)
  func lateAnswer(setup: Setup, kind: Caller.Kind) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      let caller = try await Caller(kind)
      for round in 1...5 {
        let late = Task { try await caller.ask(probe, timeout: .milliseconds(1)) { .hold($0) } }
        await test.clock.waitForTimers()
        try await probe.handlesAll()
        test.clock.jump(by: .milliseconds(1))
        await #expect(throws: CallError.timeout()) { try await late.value }
        // The late answer comes while the next call of the same caller waits.
        let next = Task { try await caller.ask(probe) { .hold($0) } }
        await test.clock.waitForTimers()
        probe.send(.answer("late"))
        probe.send(.answer("answer \(round)"))
        #expect(try await next.value == "answer \(round)")
      }
      #expect(try await caller.received().isEmpty)
      // The handler that gave the last answer writes down what came of it after its caller has it.
      try await probe.handlesAll()
      #expect(
        journal.lines(beginningWith: "answered") == (1...5).flatMap { _ in ["answered false", "answered true"] })
    }
  }

  @Test(
    "GS-026: a handler that stops with an answer answers, and the server ends", arguments: Setup.all,
    [.normal, .shutdown, .shutdownBecause("full"), .failure(ProbeError("broken"))] as [ExitReason])
  func stopWithAnswer(setup: Setup, reason: ExitReason) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      #expect(try await probe.call { .stopReplying(reason, "the last answer", $0) } == "the last answer")
      #expect(await probe.pid.waitForExit() == reason)
      #expect(journal.lines(beginningWith: "terminated") == ["terminated by \(reason) with []"])
    }
  }
}
