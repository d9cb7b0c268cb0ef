import GenServerKit
import GenServerTesting
import Logging
import Testing

// The code of the guide "Testing a server".

/// Counts visits, and ends after a minute without one.
private struct Visit: GenServer {
  struct Broken: Error {}
  enum Call: Sendable {
    case enter(ReplyTo<Int>)
    case next(ReplyTo<Int>)
  }
  enum Cast: Sendable { case fail }
  enum Info: Sendable { case idle }

  var count = 0
  var waiting: [ReplyTo<Int>] = []

  static func initialize(_: Void, context: Context) -> Initial {
    .ok(Visit(), then: .timeout(.seconds(60), .idle))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .enter(let client):
      count += 1
      for waiting in waiting { waiting.reply(count) }
      waiting = []
      return .reply(count, to: client, then: .timeout(.seconds(60), .idle))
    case .next(let client):
      waiting.append(client)
      return .noReply(then: .timeout(.seconds(60), .idle))
    }
  }

  func handleCast(_ cast: Cast, context: Context) throws -> Next { throw Broken() }

  func handleInfo(_ info: Info, context: Context) -> Next { .stop(.normal) }
}

/// Is on the road for as long as a test says.
private struct Courier: GenServer {
  typealias Drive = @Sendable () async throws -> Void
  enum Cast: Sendable { case deliver }

  let drive: Drive

  static func initialize(_ drive: @escaping Drive, context: Context) -> Initial { .ok(Courier(drive: drive)) }

  func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    try await drive()
    return .noReply
  }
}

extension ServerRef where Server == Visit {
  fileprivate func enter() async throws(CallError) -> Int { try await call { .enter($0) } }
  fileprivate func next() async throws(CallError) -> Int { try await call { .next($0) } }
}

@Suite("Guide: Testing a server, handlers as plain functions") struct HandlersGuideTests {
  @Test func aVisitIsCountedAndAnnounced() throws {
    var test = try HandlerTest<Visit>(initializing: ())
    #expect(test.outcome == .goesOnWith(.timeout(.seconds(60), .idle)))
    let next = try test.call { .next($0) }
    #expect(next.reply == nil)
    let enter = try test.call { .enter($0) }
    #expect(enter.reply == 1)
    #expect(next.reply == 1)
    #expect(test.state.count == 1)
  }

  @Test func whoGaveUpGetsNothing() throws {
    var test = HandlerTest(Visit())
    let next = try test.call(from: .standIn()) { .next($0) }
    next.giveUp()
    let enter = try test.call { .enter($0) }
    #expect(enter.reply == 1)
    #expect(next.reply == nil)
  }

  @Test func endsWhenIdle() throws {
    var test = try HandlerTest<Visit>(initializing: ())
    try test.advance(by: .seconds(59))
    #expect(test.outcome.stopReason == nil)
    try test.advance(by: .seconds(1))
    #expect(test.outcome.stopReason == .normal)
  }

  @Test func aFailureIsThrown() {
    var test = HandlerTest(Visit())
    #expect(throws: Visit.Broken.self) { try test.cast(.fail) }
    #expect(test.outcome == .stops(.failure(Visit.Broken())))
  }
}

@Suite("Guide: Testing a server") struct TestingGuideTests {
  @Test func countsVisits() async throws {
    try await withTestRuntime { _ in
      let visit = try await Visit.start()
      #expect(try await visit.enter() == 1)
      #expect(try await visit.enter() == 2)
    }
  }

  @Test func endsWhenNobodyComes() async throws {
    try await withTestRuntime { test in
      let visit = try await Visit.start()
      await test.clock.advance(by: .seconds(59))
      #expect(try await visit.enter() == 1)
      await test.clock.advance(by: .seconds(60))
      #expect(await visit.waitForExit() == .normal)
    }
  }

  @Test func theNextVisitorIsAnnounced() async throws {
    try await withTestRuntime { test in
      let visit = try await Visit.start()
      async let next = visit.next()
      await test.clock.waitForTimers(2)  // the idle timeout, and the limit of this call: it waits
      #expect(try await visit.enter() == 1)
      #expect(try await next == 1)
    }
  }

  @Test func whoWaitsTooLongIsTold() async throws {
    try await withTestRuntime { test in
      let visit = try await Visit.start()
      let call = Task { try await visit.next() }
      await test.clock.waitForTimers(2)
      await test.clock.advance(by: .seconds(5))
      await #expect(throws: CallError.timeout()) { try await call.value }
    }
  }

  @Test func aCrashIsSeenAndLogged() async throws {
    try await withTestRuntime { test in
      let visit = try await Visit.start()
      visit.cast(.fail)
      #expect(await visit.waitForExit() == .failure(Visit.Broken()))
      #expect(test.logs.entries.map(\.level) == [.error])
      #expect(test.logs.entries.first?.metadata["server"] == "Visit")
    }
  }

  @Test func messagesToTheTest() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process in
        let (visit, monitor) = try await Visit.startMonitored()
        visit.cast(.fail)
        #expect(try await process.expectDown(of: monitor).reason == .failure(Visit.Broken()))
        try await process.expectNothing()
      }
    }
  }

  @Test func aCrashIsExpected() async throws {
    try await withTestRuntime { test in
      let visit = try await test.start(Visit.self)
      visit.cast(.fail)
      #expect(try await expectExit(of: visit) == .failure(Visit.Broken()))
    }
  }

  @Test func aCrashThatIsNotExpectedFails() async throws {
    await #expect(throws: ExpectationFailure.self) {
      try await withTestRuntime { test in
        let visit = try await test.start(Visit.self)
        visit.cast(.fail)
        _ = await visit.waitForExit()
      }
    }
  }

  @Test func theClockShowsWhoWaits() async throws {
    try await withTestRuntime { test in
      let visit = try await test.start(Visit.self)
      #expect(test.clock.sleepers.map(\.purpose) == ["idle timeout"])
      #expect(await test.clock.advanceToNextTimer() == .seconds(60))
      #expect(try await expectExit(of: visit) == .normal)
    }
  }

  @Test func aLostAnswerIsATimeout() async throws {
    try await withTestRuntime { test in
      test.faults.inject(.dropReply(toCall: 1), into: Visit.self)
      let visit = try await test.start(Visit.self)
      let call = Task { try await visit.enter() }
      await test.clock.waitForTimers(2)
      await test.clock.advance(by: .seconds(5))
      await #expect(throws: CallError.timeout()) { try await call.value }
    }
  }

  @Test func aFaultThatDoesNotHappenFailsTheTest() async throws {
    let failure = await #expect(throws: ExpectationFailure.self) {
      try await withTestRuntime { test in
        test.faults.inject(.kill(atMessage: 2), into: Visit.self)
        let visit = try await test.start(Visit.self)
        #expect(try await visit.enter() == 1)
      }
    }
    // As the guide shows it, after the file and the line.
    #expect(
      failure?.message == """
        kill(atMessage: 2), injected here into Visit, did not happen: the Visit that it was for took fewer messages that \
        count
        """)
  }

  @Test func aCourierIsKilledOnTheRoad() async throws {
    try await withTestRuntime { test in
      let (departures, departure) = AsyncStream.makeStream(of: Void.self)
      let courier = try await test.start(Courier.self) {
        departure.yield()
        try await Task.sleep(for: .seconds(3600))  // until it is cancelled
      }
      courier.cast(.deliver)
      for await _ in departures { break }
      courier.exit(.killed)
      #expect(try await expectExit(of: courier) == .killed)
    }
  }

  @Test func theStateIsLookedInto() async throws {
    try await withTestRuntime { _ in
      let visit = try await Visit.start()
      let pending = visit.sendRequest { .next($0) }
      #expect(try await Sys.state(of: visit) { $0.waiting.count } == 1)
      try await visit.stop()
      await #expect(throws: CallError.exit(.normal)) { try await pending.value() }
    }
  }
}
