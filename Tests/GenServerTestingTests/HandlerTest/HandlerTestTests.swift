import GenServerKit
import GenServerTesting
import Testing

/// A server of plain and one of async handlers.
enum DeskKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case plain, async

  var testDescription: String { rawValue }

  var type: any DeskServer.Type {
    switch self {
    case .plain: PlainDesk.self
    case .async: AsyncDesk.self
    }
  }
}

@Suite("Handlers as functions", .timeLimit(.minutes(1))) struct HandlerTestTests {
  /// A test of either form, in an async function.
  ///
  /// In its body two closures of one type must not stand one inside and one outside of `#expect`: Swift 6.3.1 takes the
  /// first for both, as it gives them one symbol.
  private func withDesk<Server: DeskServer>(
    _ type: Server.Type, _ plan: Desk.Plan = .empty, _ body: (inout HandlerTest<Server>) async throws -> Void
  ) async throws {
    var test = try await HandlerTest<Server>(initializing: plan)
    try await body(&test)
  }

  @Test("A call shows its reply and what the handler returned", arguments: DeskKind.allCases)
  func call(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        #expect(try await test.cast(.add(3)) == .goesOn)
        let sum = try await test.call { .sum($0) }
        #expect(sum.reply == 3)
        #expect(sum.failure == nil)
        #expect(sum.outcome == .goesOn)
        #expect(test.sum == 3)
      }
    }
    try await run(kind.type)
  }

  @Test("A reply that comes later is seen in the call", arguments: DeskKind.allCases)
  func laterReply(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        let first = try await test.call { .wait($0) }
        let second = try await test.call(from: .standIn()) { .wait($0) }
        #expect(first.reply == nil)
        second.giveUp()
        #expect(second.failure == .timeout())
        try await test.cast(.answer(7))
        #expect(first.reply == 7)
        #expect(second.reply == nil)
        #expect(test.notes == ["true", "false"])
      }
    }
    try await run(kind.type)
  }

  @Test("A dropped handle is a failure of its call", arguments: DeskKind.allCases)
  func droppedHandle(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        let forgotten = try await test.call { .forget($0) }
        #expect(forgotten.failure == .replyDropped())
        let waiting = try await test.call { .wait($0) }
        #expect(waiting.failure == nil)
        try await test.cast(.loseAll)
        #expect(waiting.failure == .replyDropped())
      }
    }
    try await run(kind.type)
  }

  @Test("The caller is who the test says, and has the time that the test says", arguments: DeskKind.allCases)
  func caller(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        let caller = PID.standIn()
        let own = test.context.pid
        #expect(try await test.call(from: caller) { .who($0) }.reply == [caller, own])
        #expect(try await test.call { .who($0) }.reply == [nil, own])
        #expect(try await test.call { .left($0) }.reply == .some(nil))
        #expect(try await test.call(timeout: .seconds(3)) { .left($0) }.reply == .seconds(3))
        let waiting = try await test.call(timeout: .seconds(3)) { .watched($0) }
        try await test.advance(by: .seconds(2))
        #expect(waiting.failure == nil)
        try await test.advance(by: .seconds(1))
        #expect(waiting.failure == .timeout())
        #expect(test.notes == ["down: \(ExitReason.failure(CallError.timeout()))"])
      }
    }
    try await run(kind.type)
  }

  @Test("An error is thrown, and nothing is handled after it", arguments: DeskKind.allCases)
  func crash(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        await #expect(throws: Desk.Broken()) { try await test.cast(.fail) }
        #expect(test.outcome.stopReason == .failure(Desk.Broken()))
        await #expect(throws: ExpectationFailure.self) { try await test.cast(.add(1)) }
        #expect(test.sum == 0)
      }
    }
    try await run(kind.type)
  }

  @Test("A stop is an outcome, its answer is sent, and terminate is the test's to call", arguments: DeskKind.allCases)
  func stop(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        let waiting = try await test.call { .wait($0) }
        let stop = try await test.call { .stop($0) }
        #expect(stop.outcome == .stops(.shutdown))
        #expect(stop.reply == 0)
        #expect(test.state.desk.ended.isEmpty)
        #expect(waiting.failure == nil)
        try await test.terminate(.shutdown)
        #expect(test.state.desk.ended == [.shutdown])
        #expect(waiting.failure == .exit(.shutdown))
        #expect(!test.context.pid.isAlive)
      }
      try await withDesk(type) { test in
        try await test.cast(.add(-1))
        await #expect(throws: Desk.Broken()) { try await test.terminate(.normal) }
        #expect(test.outcome == .stops(.failure(Desk.Broken())))
      }
    }
    try await run(kind.type)
  }

  @Test("initialize runs, and fails as a start does", arguments: DeskKind.allCases)
  func initialize(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type, .idle) { #expect($0.outcome == .goesOnWith(.timeout(.seconds(60), .idle))) }
      for (plan, error) in [
        (Desk.Plan.ignore, StartError.ignored), (.error, .failed(.failure(Desk.Broken()))),
        (.stop, .failed(.shutdownBecause("closed"))), (.fail, .failed(.failure(Desk.Broken()))),
      ] {
        await #expect(throws: error) { _ = try await HandlerTest<Server>(initializing: plan) }
      }
    }
    try await run(kind.type)
  }

  @Test("A step is shown, and run when asked for or before the next message", arguments: DeskKind.allCases)
  func steps(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type, .load) { test in
        #expect(test.outcome == .goesOnWith(.continue(.load)))
        #expect(test.sum == 0)
        #expect(try await test.continue() == .goesOn)
        #expect(test.sum == 100)
        await #expect(throws: ExpectationFailure.self) { try await test.continue() }
        #expect(try await test.cast(.load(.loadTwice)) == .goesOnWith(.continue(.loadTwice)))
        #expect(try await test.continue() == .goesOnWith(.continue(.load)))
        #expect(test.sum == 200)
        #expect(try await test.call { .sum($0) }.reply == 300)
        try await test.cast(.load(.stop))
        #expect(try await test.cast(.add(1)) == .stops(.normal))
      }
      try await withDesk(type, .load) { test in
        try await test.advance(by: .zero)
        #expect(test.sum == 100)
        try await test.cast(.load(.fail))
        await #expect(throws: Desk.Broken()) { try await test.cast(.add(1)) }
        #expect(test.sum == 100)
      }
    }
    try await run(kind.type)
  }

  @Test("What a server sends to itself waits for the next step, and is handled in order", arguments: DeskKind.allCases)
  func ownMessages(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        try await test.cast(.toMyself(5))
        #expect(test.mailboxCount == 1)
        #expect(test.sum == 0)
        #expect(try await test.call { .sum($0) }.reply == 5)
        try await test.cast(.toMyself(2))
        try await test.advance(by: .zero)
        #expect(test.sum == 7)
        try await test.cast(.flood)
        await #expect(throws: ExpectationFailure.self) { try await test.advance(by: .zero) }
      }
    }
    try await run(kind.type)
  }

  @Test("A message of no type of the server's is unexpected", arguments: DeskKind.allCases)
  func unexpected(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withDesk(type) { test in
        try await test.sendUnexpected("hello")
        try await test.send(.reminded("info"))
        #expect(test.notes == ["unexpected: hello", "info"])
        try await test.cast(.log("said"))
        #expect(test.logs.entries.map(\.message) == ["said"])
      }
    }
    try await run(kind.type)
  }
}

@Suite("Handlers as functions: plain tests", .timeLimit(.minutes(1))) struct PlainHandlerTestTests {
  @Test("Everything is there without await")
  func plain() throws {
    var test = try HandlerTest<PlainDesk>(initializing: .load)
    #expect(try test.continue() == .goesOn)
    try test.cast(.load(.loadTwice))
    try test.cast(.add(1))
    #expect(try test.call { .sum($0) }.reply == 301)
    try test.cast(.toMyself(-200))
    try test.advance(by: .zero)
    try test.send(.reminded("info"))
    try test.sendUnexpected(1)
    #expect(test.notes == ["info", "unexpected: 1"])
    try test.cast(.ask(.named("other")))
    try test.answer(test.requests[0], .success(9))
    #expect(test.sum == 110)
    try test.cast(.watch(.standIn()))
    try test.down(test.monitors[0], .shutdown)
    #expect(test.notes.last == "down: shutdown")
    try test.cast(.idle(.seconds(1)))
    try test.advance(by: .seconds(1))
    #expect(test.outcome == .stops(.normal))
    #expect(throws: ExpectationFailure.self) { try test.exit(of: .standIn(), .shutdown) }
  }

  @Test("A handler runs as the server's process, in the runtime where that is", arguments: [false, true])
  func identity(async: Bool) async throws {
    try await withProcess { process in
      var test = try await HandlerTest<PlainDesk>(initializing: .empty)
      var asyncTest = try await HandlerTest<AsyncDesk>(initializing: .empty)
      let own = async ? asyncTest.context.pid : test.context.pid
      // The exit signal's sender is the process whose handler sends it.
      process.trapExits()
      if async {
        try await asyncTest.cast(.shutdown(process.pid))
      } else {
        try await test.cast(.shutdown(process.pid))
      }
      #expect(try await process.expect(Exit.self).pid == own)
    }
  }

  @Test("A handler can be called by hand")
  func byHand() throws {
    let test = HandlerTest(PlainDesk())
    var desk = test.state
    #expect(Outcome(try desk.handleCast(.remind("later", .seconds(1)), context: test.context)) == .goesOn)
    #expect(test.timers.map(\.message) == [.reminded("later")])
    #expect(Outcome(try desk.handleCast(.stop, context: test.context)) == .stops(.shutdown))
  }

  @Test("An async handler in a plain test is refused with what to write")
  func asyncHandler() throws {
    var test = HandlerTest(AsyncDesk())
    let failure = #expect(throws: ExpectationFailure.self) { try test.cast(.add(1)) }
    #expect(failure?.message == "handleCast of AsyncDesk is async: write `try await`, in an async test")
    #expect(failure?.description.hasPrefix("GenServerTestingTests/HandlerTestTests.swift:") == true)
    #expect(throws: ExpectationFailure.self) { try HandlerTest<AsyncDesk>(initializing: .empty) }
  }

  @Test("Outcomes are compared with what is in them")
  func outcomes() {
    typealias O = Outcome<PlainDesk>
    let all: [O] = [
      .goesOn, .goesOnWith(.hibernate), .goesOnWith(.hibernate(.seconds(1), .idle)),
      .goesOnWith(.hibernate(.seconds(2), .idle)), .goesOnWith(.timeout(.seconds(1), .idle)),
      .goesOnWith(.timeout(.seconds(1), .noSum)), .goesOnWith(.continue(.load)), .goesOnWith(.continue(.stop)),
      .stops(.normal), .stops(.shutdown),
    ]
    for (i, a) in all.enumerated() { for (j, b) in all.enumerated() { #expect((a == b) == (i == j)) } }
    #expect(O.stops(.shutdown).stopReason == .shutdown)
    #expect(O.goesOn.stopReason == nil)
  }
}
