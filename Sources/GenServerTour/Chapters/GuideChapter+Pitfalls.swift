import GenServerKit
import GenServerTesting

extension GuideChapter {
  struct PitfallsOutcome {
    var whileBlocked: CallError?
    var whileFetching: [String] = []
    var pages: [String] = []
    var counts: [Int] = []
    var waitingWriter: CallError?
    var writeLater: Delivery?
    var written: [String] = []
    var crash: CallError?
    var survivesCrash = true
    var quotients: [Result<Int, Calculator.Failure>] = []
    var survivesAnswer = false
    var logged = 0
  }

  static func pitfalls(_ tour: Narrator) async throws -> PitfallsOutcome {
    var outcome = PitfallsOutcome()
    try await blockTheServer(tour, &outcome)
    try await forgetTheState(tour, &outcome)
    try await waitForNothing(tour, &outcome)
    try await crashOnBadInput(tour, &outcome)
    return outcome
  }

  private static func blockTheServer(_ tour: Narrator, _ outcome: inout PitfallsOutcome) async throws {
    tour.remark("Wrong: slow work in the handler; nobody else is served meanwhile")
    let first = try await Gate.start()
    let blocking = tour.show("BlockingFetcher.start(network)", try await BlockingFetcher.start(first))
    let slow = blocking.requestFetch("home")
    try await first.arrival()
    let call = "blocking.within(.milliseconds(50)).requested()"
    outcome.whileBlocked = try await tour.failure(CallError.self, call) {
      try await blocking.within(.milliseconds(50)).requested()
    }
    first.open()
    outcome.pages.append(tour.show(#"blocking.requestFetch("home").value()"#, try await slow.value()))

    tour.remark("Right: slow work beside it, and the answer when it is there")
    let second = try await Gate.start()
    let fetcher = tour.show("Fetcher.start(network)", try await Fetcher.start(second))
    let later = fetcher.requestFetch("home")
    try await second.arrival()
    outcome.whileFetching = tour.show("fetcher.requested()", try await fetcher.requested())
    second.open()
    outcome.pages.append(tour.show(#"fetcher.requestFetch("home").value()"#, try await later.value()))
  }

  private static func forgetTheState(_ tour: Narrator, _ outcome: inout PitfallsOutcome) async throws {
    tour.remark(
      """
      Wrong: computing a new state and returning the old one. In Swift there is no such handler: it returns
      no state but changes its own in place, and the compiler warns of a `count + 1` that nobody uses
      Right: `count += 1`
      """)
    let counter = tour.show("Counter.start()", try await Counter.start())
    outcome.counts = [
      tour.show("counter.increment()", try await counter.increment()),
      tour.show("counter.value()", try await counter.value()),
    ]
  }

  private static func waitForNothing(_ tour: Narrator, _ outcome: inout PitfallsOutcome) async throws {
    tour.remark("Wrong: a call of which nobody needs the answer; the client waits for the disk")
    let first = try await Gate.start()
    let waiting = tour.show("DiskLogger.start(disk)", try await DiskLogger.start(first))
    let call = #"waiting.within(.milliseconds(50)).write("started")"#
    outcome.waitingWriter = try await tour.failure(CallError.self, call) {
      try await waiting.within(.milliseconds(50)).write("started")
    }
    first.open()

    tour.remark("Right: a cast, where nobody has to know that it was done (S3-4 says what that costs)")
    let second = try await Gate.start()
    let logger = tour.show("DiskLogger.start(disk)", try await DiskLogger.start(second))
    outcome.writeLater = tour.show(#"logger.writeLater("started")"#, logger.writeLater("started"))
    tour.show("disk.open()", second.open())
    outcome.written = tour.show("logger.lines()", try await logger.lines())
  }

  private static func crashOnBadInput(_ tour: Narrator, _ outcome: inout PitfallsOutcome) async throws {
    try await withTestRuntime { test in
      tour.remark(
        """
        Wrong: a crash on bad input. (Even this one looks before it divides: in Swift a division by zero ends
        the program, and no server can catch that)
        """)
      let crashing = tour.show("Calculator.start()", try await Calculator.start())
      outcome.crash = try await tour.failure(CallError.self, "crashing.divideOrCrash(1, by: 0)") {
        try await crashing.divideOrCrash(1, by: 0)
      }
      outcome.survivesCrash = tour.show("crashing.isAlive", crashing.isAlive)
      outcome.logged = tour.show("logs.entries.count", test.logs.entries.count)

      tour.remark("Right: a failure is an answer")
      let calculator = tour.show("Calculator.start()", try await Calculator.start())
      outcome.quotients = [
        tour.show("calculator.divide(1, by: 0)", try await calculator.divide(1, by: 0)),
        tour.show("calculator.divide(7, by: 2)", try await calculator.divide(7, by: 2)),
      ]
      outcome.survivesAnswer = tour.show("calculator.isAlive", calculator.isAlive)
    }
  }
}
