import GenServerKit
import GenServerTesting
import Testing

// GS-001 to 003, 006 and 009 are about linked and monitored starts.
@Suite("Starting a server", .timeLimit(.minutes(2)))
struct StartTests {
  @Test("GS-004: a start returns when initialize has", arguments: Setup.withoutLending)
  func waitsForInitialize(setup: Setup) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let gate = Gate()
      defer { gate.open() }
      let start = Task {
        // With a timeout a plain initialize does not run on the starter's thread, which the gate would hold.
        let probe = try await setup.start(ProbePlan(journal: journal, gate: gate), timeout: .seconds(1))
        journal.write("started")
        return probe
      }
      await gate.waitUntilReached()
      await test.clock.waitForTimers()
      journal.write("the gate opens")
      gate.open()
      let probe = try await start.value
      #expect(journal.lines == ["the gate opens", "initialized", "started"])
      #expect(try await probe.call { .note("a", $0) } == ["a"])
    }
  }

  @Test("GS-004: a start without a timeout returns when initialize has", arguments: Setup.withoutLending)
  func waitsForInitializeWithoutTimeout(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      #expect(journal.lines == ["initialized"])
      #expect(try await probe.call { .note("a", $0) } == ["a"])
    }
  }

  @Test("GS-005: initialize returns ignore", arguments: Setup.withoutLending)
  func ignore(setup: Setup) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      await #expect(throws: StartError.ignored) {
        try await setup.start(ProbePlan(failure: .ignore, journal: journal))
      }
      let pid = try #require(journal.pid)
      #expect(!pid.isAlive)
      #expect(await pid.waitForExit() == .normal)
      #expect(journal.lines == ["initialized"])
      #expect(test.logs.errors.isEmpty)
    }
  }

  @Test("GS-007: initialize throws", arguments: Setup.withoutLending)
  func throwingInitialize(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let error = ProbeError("broken")
      let journal = Journal()
      await #expect(throws: StartError.failed(.failure(error))) {
        try await setup.start(ProbePlan(failure: .throwError(error), journal: journal))
      }
      let pid = try #require(journal.pid)
      #expect(!pid.isAlive)
      #expect(await pid.waitForExit() == .failure(error))
      #expect(journal.lines == ["initialized"])
    }
  }

  // A plain initialize cannot be cancelled: its starter leaves on time all the same, and the process ends when it
  // returns.
  @Test("GS-008: initialize takes longer than the start's timeout", arguments: Setup.withoutLending)
  func startTimeout(setup: Setup) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let gate = Gate()
      defer { gate.open() }
      let start = Task {
        try await setup.start(ProbePlan(journal: journal, gate: gate), timeout: .milliseconds(100))
      }
      await gate.waitUntilReached()
      await test.clock.waitForTimers()
      test.clock.jump(by: .milliseconds(99))
      #expect(test.clock.armedTimers == 1)
      #expect(journal.pid?.isAlive == true)
      test.clock.jump(by: .milliseconds(1))
      await #expect(throws: StartError.timeout) { try await start.value }
      #expect(setup.whereis("probe") == nil)
      if setup.form == .plain { gate.open() }
      #expect(await journal.pid?.waitForExit() == .killed)
      #expect(journal.lines == (setup.form == .plain ? ["initialized"] : []))
    }
  }

  @Test(
    "GS-010: a failed start has ended when it returns", arguments: Setup.withoutLending, ProbePlan.Failure.all)
  func failedStartsHaveEnded(setup: Setup, failure: ProbePlan.Failure) async throws {
    try await withTestRuntime { _ in
      let resource = ExclusiveResource()
      for _ in 1...5 {
        let journal = Journal()
        await #expect(throws: failure.startError) {
          try await setup.start(ProbePlan(failure: failure, journal: journal, resource: resource))
        }
        let pid = try #require(journal.pid)
        #expect(!pid.isAlive)
        #expect(await pid.waitForExit() == failure.exitReason)
        #expect(journal.lines == ["initialized"])
      }
      _ = try await setup.start(ProbePlan(resource: resource))
    }
  }

  // A plain initialize cannot be cancelled: what it holds is free when it returns, not when the start does.
  @Test("GS-010: a start that timed out has ended when it returns", arguments: Setup.waitingCancellably)
  func timedOutStartsHaveEnded(setup: Setup) async throws {
    try await withTestRuntime { test in
      let resource = ExclusiveResource()
      for _ in 1...5 {
        let timers = test.clock.armedTimers
        let journal = Journal()
        let gate = Gate()
        let start = Task {
          await #expect(throws: StartError.timeout) {
            try await setup.start(
              ProbePlan(journal: journal, gate: gate, resource: resource), timeout: .milliseconds(100))
          }
          // Here, where the start has just thrown: moving the clock gives the process time to end.
          #expect(journal.pid?.isAlive == false)
          #expect(resource.isFree)
        }
        await gate.waitUntilReached()
        await test.clock.waitForTimers(timers + 1)
        await test.clock.advance(by: .milliseconds(100))
        await start.value
      }
      _ = try await setup.start(ProbePlan(resource: resource))
    }
  }
}
