import GenServerKit
import GenServerTesting

/// A passenger, and a machine that gives out numbers.
enum TakeANumberChapter {
  static let chapter = Chapter(
    "S3  Take a number",
    [
      Example("S3-1", "State that changes with each question", passenger),
      Example("S3-2", "Starting with and without a link, and what a start waits for", starting),
      Example("S3-3", "What a server has to have: initialize, and no more", contract),
      Example("S3-4", "Why to call and not to cast", callOrCast),
      Example("S3-5", "Messages that a server does not know", unknownMessages),
      Example("S3-6", "A message when nothing has come for a while", idleTimeouts),
      Example("S3-7", "Starting the machine, or not", start),
      Example("S3-8", "Reporting the state of the machine", report),
      Example("S3-9", "Queueing new numbers", queue),
      Example("S3-10", "Serving the next number, or one with priority", serve),
      Example("S3-11", "Resetting the machine keeps its configuration", reset),
      Example("S3-12", "The machine stops when nobody has used it for a while", autoShutdown),
      Example("S3-13", "Calling a machine that has stopped", callAfterShutdown),
      Example("S3-14", "The tests of the exercise", exercise),
    ])

  typealias Answer = Result<Int, Machine.Failure>

  static func passenger(_ tour: Narrator) async throws -> [String] {
    let passenger = tour.show("AnnoyingPassenger.start()", try await AnnoyingPassenger.start())
    var answers: [String] = []
    for _ in 1...13 {
      answers.append(tour.show("passenger.areWeThereYet()", try await passenger.areWeThereYet()))
    }
    return answers
  }

  static func start(_ tour: Narrator) async throws -> (isAlive: Bool, hasName: Bool, failure: StartError) {
    let machine = tour.show(
      "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 9))",
      try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 9)))
    let isAlive = tour.show("machine.isAlive", machine.isAlive)
    let holder = tour.show("TakeANumberDeluxe.whereis(.type)", TakeANumberDeluxe.whereis(.type))
    let call = "TakeANumberDeluxe.start(.init(minimum: 9, maximum: 1))"
    let failure = try await tour.failure(StartError.self, call) {
      try await TakeANumberDeluxe.start(.init(minimum: 9, maximum: 1))
    }
    return (isAlive, holder != nil, failure)
  }

  static func report(_ tour: Narrator) async throws -> (first: Machine, second: Machine) {
    let first = tour.show(
      "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10))",
      try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10)))
    let second = tour.show(
      "TakeANumberDeluxe.start(.init(minimum: 7, maximum: 77))",
      try await TakeANumberDeluxe.start(.init(minimum: 7, maximum: 77)))
    return (
      tour.show("first.report()", try await first.report()), tour.show("second.report()", try await second.report())
    )
  }

  static func queue(_ tour: Narrator) async throws -> (small: [Answer], large: [Answer]) {
    let small = tour.show(
      "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 2))",
      try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 2)))
    var answers: [Answer] = []
    for _ in 1...3 { answers.append(tour.show("small.queueNewNumber()", try await small.queueNewNumber())) }

    // First one more than the highest number, also when a lower one is free; then the lowest that is free.
    let large = tour.show(
      "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 4))",
      try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 4)))
    var later: [Answer] = []
    for _ in 1...3 { later.append(tour.show("large.queueNewNumber()", try await large.queueNewNumber())) }
    later.append(tour.show("large.serveNext(priority: 2)", try await large.serveNext(priority: 2)))
    for _ in 1...2 { later.append(tour.show("large.queueNewNumber()", try await large.queueNewNumber())) }
    return (answers, later)
  }

  static func serve(_ tour: Narrator) async throws -> (inTurn: [Answer], priority: [Answer], rest: [Int]) {
    let machine = tour.show(
      "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10))",
      try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10)))
    let inTurn = [
      tour.show("machine.queueNewNumber()", try await machine.queueNewNumber()),
      tour.show("machine.serveNext()", try await machine.serveNext()),
      tour.show("machine.serveNext()", try await machine.serveNext()),
    ]
    for _ in 1...3 { tour.show("machine.queueNewNumber()", try await machine.queueNewNumber()) }
    let priority = [
      tour.show("machine.serveNext(priority: 3)", try await machine.serveNext(priority: 3)),
      tour.show("machine.serveNext(priority: 7)", try await machine.serveNext(priority: 7)),
    ]
    let rest = tour.show("machine.report()", try await machine.report()).queue
    return (inTurn, priority, rest)
  }

  static func reset(_ tour: Narrator) async throws -> (used: Machine, delivery: Delivery, reset: Machine) {
    let machine = tour.show(
      "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10, autoShutdown: .seconds(7200)))",
      try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10, autoShutdown: .seconds(7200))))
    tour.show("machine.queueNewNumber()", try await machine.queueNewNumber())
    let used = tour.show("machine.report()", try await machine.report())
    let delivery = tour.show("machine.reset()", machine.reset())
    return (used, delivery, tour.show("machine.report()", try await machine.report()))
  }

  static func callAfterShutdown(_ tour: Narrator) async throws -> (first: Answer, pid: PID?, error: CallError) {
    try await withTestRuntime { test in
      let machine = tour.show(
        "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10, autoShutdown: .seconds(7200)))",
        try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 10, autoShutdown: .seconds(7200))))
      let first = tour.show("machine.queueNewNumber()", try await machine.queueNewNumber())
      tour.show("clock.advance(by: .seconds(10_800))", await test.clock.advance(by: .seconds(10_800)))
      let error = try await tour.failure(CallError.self, "machine.queueNewNumber()") {
        try await machine.queueNewNumber()
      }
      return (first, machine.pid, error)
    }
  }

  struct ExerciseOutcome {
    let invalid: StartError
    let queued: [Answer]
    let served: [Answer]
    let reset: Machine
    /// Nil if it did not end.
    let reason: ExitReason?
  }

  static func exercise(_ tour: Narrator) async throws -> ExerciseOutcome {
    try await withTestRuntime { test in
      let call = "TakeANumberDeluxe.start(.init(minimum: 999, maximum: 99))"
      let invalid = try await tour.failure(StartError.self, call) {
        try await TakeANumberDeluxe.start(.init(minimum: 999, maximum: 99))
      }
      let machine = tour.show(
        "TakeANumberDeluxe.start(.init(minimum: 1, maximum: 2, autoShutdown: .milliseconds(50)))",
        try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 2, autoShutdown: .milliseconds(50))))
      var queued: [Answer] = []
      for _ in 1...3 { queued.append(tour.show("machine.queueNewNumber()", try await machine.queueNewNumber())) }
      let served = [
        tour.show("machine.serveNext(priority: 2)", try await machine.serveNext(priority: 2)),
        tour.show("machine.serveNext(priority: 7)", try await machine.serveNext(priority: 7)),
      ]
      tour.show("machine.reset()", machine.reset())
      let reset = tour.show("machine.report()", try await machine.report())
      tour.show("clock.advance(by: .milliseconds(50))", await test.clock.advance(by: .milliseconds(50)))
      let reason = tour.show("machine.waitForExit()", machine.isAlive ? nil : await machine.waitForExit())
      tour.remark("All 32 tests of the exercise: Tests/GenServerTourTests/TakeANumberDeluxeTests.swift")
      return ExerciseOutcome(invalid: invalid, queued: queued, served: served, reset: reset, reason: reason)
    }
  }
}
