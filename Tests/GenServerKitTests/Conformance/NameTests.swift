import GenServerKit
import GenServerTesting
import Logging
import Testing

// By plain names and by names in a registry; what is special about those stands in `ViaNameTests`.
@Suite("Names", .timeLimit(.minutes(2)))
struct NameTests {
  @Test("NAME-001: a server is found and called by its name", arguments: Setup.byName)
  func lookup(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start(name: "n")
      let found = try #require(setup.whereis("n"))
      #expect(found.pid == probe.pid)
      #expect(setup.named("n").pid == probe.pid)
      #expect(try await found.ask(timeout: nil) { .note("found", $0) } == ["found"])
      #expect(try await setup.named("n").ask(timeout: nil) { .note("named", $0) } == ["found", "named"])
    }
  }

  @Test("NAME-001: a server is found and called by the name of its type")
  func lookupByType() async throws {
    try await withTestRuntime { _ in
      let plain = try await PlainDeaf.start(name: .type)
      let async = try await AsyncDeaf.start(name: .type)
      #expect(PlainDeaf.whereis(.type)?.pid == plain.pid)
      #expect(AsyncDeaf.whereis(.type)?.pid == async.pid)
      #expect(try await PlainDeaf.named(.type).count() == 1)
      #expect(try await AsyncDeaf.named(.type).count() == 1)
    }
  }

  // A name is a value that cannot be missing in itself: left out and nil are all there is. Its absence shows where the
  // library writes names down.
  @Test("NAME-003: a server without a name has none", arguments: Setup.byPID)
  func noName(setup: Setup) async throws {
    try await withTestRuntime { test in
      let nameless = try await setup.start()
      let named = try await Setup(form: setup.form, address: .name, lending: .never).start(name: "n")
      #expect(setup.whereis("n")?.pid == named.pid)
      _ = try await End.crashed.happens(to: nameless)
      _ = try await End.crashed.happens(to: named)
      #expect(test.logs.errors.map { $0.metadata["name"].map { "\($0)" } } == [nil, "n"])
    }
  }

  @Test("NAME-003: nil and nothing are the same")
  func nilName() async throws {
    try await withTestRuntime { _ in
      let servers = [try await PlainDeaf.start(name: nil), try await PlainDeaf.start()]
      #expect(servers.map(\.isAlive) == [true, true])
      #expect(PlainDeaf.whereis(.type) == nil)
    }
  }

  @Test("NAME-004: a name that is taken fails the start", arguments: Setup.byName)
  func clash(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let first = try await setup.start(name: "n")
      #expect(try await first.call { .note("first", $0) } == ["first"])
      for _ in 1...5 {
        let journal = Journal()
        await #expect(throws: StartError.alreadyStarted(first.pid)) {
          try await setup.start(ProbePlan(journal: journal), name: "n")
        }
        #expect(journal.pid == nil)
      }
      await #expect(throws: StartError.alreadyStarted(first.pid)) {
        try await PlainDeaf.start(name: setup.address.name("n"))
      }
      #expect(setup.named("n").pid == first.pid)
      #expect(try await first.notes() == ["first"])
    }
  }

  @Test("NAME-004: a name that is taken fails linked and monitored starts", arguments: Setup.byName)
  func clashOfTiedStarts(setup: Setup) async throws {
    try await withTestRuntime { test in
      let first = try await setup.start(name: "n")
      try await withProcess { process async throws in
        process.trapExits()
        let plain: ProcessName<PlainDeaf> = setup.address.name("n")
        let async: ProcessName<AsyncDeaf> = setup.address.name("n")
        for _ in 1...5 {
          let error = StartError.alreadyStarted(first.pid)
          await #expect(throws: error) { try await PlainDeaf.startLink(name: plain) }
          await #expect(throws: error) { try await AsyncDeaf.startLink(name: async) }
          await #expect(throws: error) { try await PlainDeaf.startMonitored(name: plain) }
          await #expect(throws: error) { try await AsyncDeaf.startMonitored(name: async) }
        }
        #expect(process.snapshot.mailboxCount == 0)
        #expect(process.snapshot.links.isEmpty)
        #expect(process.snapshot.monitors.isEmpty)
        #expect(Set(test.runtime.processes) == [process.pid, first.pid])
      }
      #expect(setup.named("n").pid == first.pid)
      #expect(try await first.notes() == [])
    }
  }

  @Test("NAME-004: of many starts at once under one name one succeeds", arguments: Setup.byName)
  func race(setup: Setup) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let outcomes = await withTaskGroup(of: Result<PID, any Error>.self) { group in
        for _ in 1...100 {
          group.addTask {
            do {
              return .success(try await setup.start(ProbePlan(journal: journal), name: "n").pid)
            } catch {
              return .failure(error)
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let winners = outcomes.compactMap { try? $0.get() }
      let winner = try #require(winners.first)
      #expect(winners.count == 1)
      for case .failure(let error) in outcomes { #expect(error as? StartError == .alreadyStarted(winner)) }
      #expect(journal.lines == ["initialized"])
      #expect(test.runtime.processes == [winner])
    }
  }

  @Test("NAME-005: an unknown name leads nowhere", arguments: Setup.byName)
  func unknownName(setup: Setup) async throws {
    try await withTestRuntime { _ in
      _ = try await setup.start(name: "n")
      #expect(setup.whereis("nobody")?.pid == nil)
      #expect(setup.named("nobody").pid == nil)
      #expect(!setup.named("nobody").isAlive)
    }
  }

  @Test("NAME-006: a reference by pid leads to that pid", arguments: Setup.withoutLending)
  func lookupOfPID(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      #expect(probe.pid == journal.pid)
      #expect(probe.address.pid == journal.pid)
      #expect(probe.address.isAlive)
      // A pid still leads to itself when the process has ended; a name no longer does.
      try await probe.stop()
      #expect(probe.address.pid == (setup.address == .pid ? journal.pid : nil))
      #expect(!probe.address.isAlive)
    }
  }

  @Test("NAME-007: a name is free when its server has ended", arguments: Setup.byName, End.allCases)
  func release(setup: Setup, end: End) async throws {
    try await withTestRuntime { _ in
      for round in 1...20 {
        let probe = try await setup.start(name: "n")
        #expect(try await probe.call { .note("round \(round)", $0) } == ["round \(round)"])
        #expect(try await end.happens(to: probe) == end.reason)
        #expect(setup.whereis("n")?.pid == nil)
      }
      _ = try await setup.start(name: "n")
    }
  }

  @Test(
    "NAME-008: a failed initialize leaves no name behind", arguments: Setup.byName, ProbePlan.Failure.all)
  func failedInitialize(setup: Setup, failure: ProbePlan.Failure) async throws {
    try await withTestRuntime { _ in
      for _ in 1...10 {
        await #expect(throws: failure.startError) { try await setup.start(ProbePlan(failure: failure), name: "n") }
        #expect(setup.whereis("n")?.pid == nil)
      }
      _ = try await setup.start(name: "n")
    }
  }
}
