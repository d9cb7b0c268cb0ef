import GenServerKit
import GenServerTesting
import Synchronization
import Testing

/// Wakes another server with each message, which wakes it again.
private struct PingPong: GenServer {
  enum Cast: Sendable { case ball(PingPong.Ref) }
  enum Info: Sendable { case serve(PingPong.Ref) }

  let isOver: @Sendable () -> Bool

  static func initialize(_ isOver: @escaping @Sendable () -> Bool, context: Context) -> Initial {
    .ok(Self(isOver: isOver))
  }
  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    if case .ball(let other) = cast, !isOver() { other.cast(.ball(context.me)) }
    return .noReply
  }
  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    if case .serve(let other) = info { other.cast(.ball(context.me)) }
    return .noReply
  }
}

private final class Flag: Sendable {
  let value = Atomic<Bool>(false)
}

@Suite("The pace of a test's clock", .timeLimit(.minutes(2))) struct ClockPaceTests {
  @Test("Short intervals over a long time cost what their handlers cost, not what a look at all processes costs")
  func manyTicks() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      _ = try await server.call { .armEvery(.microseconds(1), "tick", $0) }
      let elapsed = await ContinuousClock().measure { await test.clock.advance(by: .milliseconds(20)) }
      #expect(try await server.call { .notes($0) }.count == 20_000)
      // A look at all processes takes some twenty turns of the executor: here it would be 400,000.
      #expect(elapsed < .seconds(10))
    }
  }

  @Test("Each tick is handled at its own instant, and in order with others, also where a process awaits something")
  func exactness() async throws {
    try await withTestRuntime { test in
      let first = try await ClockedServer.start()
      let second = try await ClockedServer.start()
      let raw = spawn { process in
        while true { _ = try await process.receive(Int.self) }
      }
      _ = try await first.call { .armEvery(.milliseconds(2), "a", $0) }
      _ = try await second.call { .armEvery(.milliseconds(3), "b", $0) }
      raw.send(1, every: .milliseconds(5))
      await test.clock.advance(by: .milliseconds(20))
      #expect(try await first.call { .notes($0) } == (1...10).map { "a at \(Double($0) * 2)" })
      #expect(try await second.call { .notes($0) } == (1...6).map { "b at \(Double($0) * 3)" })
      #expect(raw.snapshot?.mailboxCount == 0)
    }
  }

  @Test(
    "What is due at once happens at once, whatever else waits and however far the clock was moved",
    arguments: [1, 10, 60, 100, 600, 3600, 86_400])
  func dueAtOnce(ahead: Int) async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start(options: [.callsInPlace(.never)])
      try await server.call { .arm(.seconds(ahead), "later", $0) }
      await test.clock.advance(by: .seconds(ahead) - .milliseconds(5))
      let now = Double(ahead) * 1000 - 5
      server.send(.note("now"), after: .zero)
      #expect(try await server.call { .notes($0) } == ["now at \(now)"])
      // A call without any time, and one for an instant that has passed.
      #expect(
        try await expectCallError { try await server.call(timeout: .after(.zero)) { .silence($0) } } == .timeout())
      let past = test.clock.now - .seconds(1)
      #expect(try await expectCallError { try await server.call(timeout: .until(past)) { .silence($0) } } == .timeout())
      server.send(.note("past"), at: past)
      #expect(try await server.call { .notes($0) }.last == "past at \(now)")
    }
  }

  @Test("Tasks that move the clock at once move it by the sum, each timer at its own instant")
  func severalTasks() async throws {
    for _ in 0..<20 {
      try await withTestRuntime { test in
        let begin = test.clock.now
        let server = try await ClockedServer.start()
        for number in 1...20 { try await server.call { .arm(.seconds(number), "\(number)", $0) } }
        async let first: Void = test.clock.advance(by: .seconds(10))
        async let second: Void = test.clock.advance(by: .seconds(7))
        async let third: Void = test.clock.advance(by: .seconds(3))
        _ = await (first, second, third)
        #expect(begin.duration(to: test.clock.now) == .seconds(20))
        #expect(try await server.call { .notes($0) } == (1...20).map { "\($0) at \(Double($0) * 1000)" })
      }
    }
  }

  @Test("A task that goes from timer to timer, and one that moves the clock, do so one after the other")
  func stepsAndAdvances() async throws {
    try await withTestRuntime { test in
      let begin = test.clock.now
      let server = try await ClockedServer.start()
      _ = try await server.call { .armEvery(.seconds(1), "tick", $0) }
      async let moved: Void = test.clock.advance(by: .seconds(10))
      async let step = test.clock.advanceToNextTimer()
      _ = await moved
      #expect(await step == .seconds(1))
      #expect(begin.duration(to: test.clock.now) == .seconds(11))
    }
  }

  @Test("A handler that blocks a thread does not hold the clock up, and what waits behind it is not lost")
  func blocked() async throws {
    try await withTestRuntime { test in
      let blocking = try await Blocker.start()
      let gate = blocking.gate
      let server = try await ClockedServer.start()
      blocking.server.send(.block, after: .seconds(1))
      server.send(.note("same instant"), after: .seconds(1))
      server.send(.note("later"), after: .seconds(2))
      await test.clock.advance(by: .seconds(3))
      #expect(try await server.call { .notes($0) } == ["same instant at 1000.0", "later at 2000.0"])
      #expect(blocking.server.pid?.snapshot?.status == .running)
      gate.open()
      #expect(try await blocking.server.call { .passed($0) })
    }
  }

  @Test("Processes that wake each other for ever do not hold the clock up")
  func endless() async throws {
    try await withTestRuntime { test in
      let flag = Flag()
      let isOver = { @Sendable in flag.value.load(ordering: .relaxed) }
      let first = try await PingPong.start(isOver)
      let second = try await PingPong.start(isOver)
      let begin = test.clock.now
      first.send(.serve(second), after: .seconds(1))
      await test.clock.advance(by: .seconds(2))
      #expect(test.clock.now == begin + .seconds(2))
      flag.value.store(true, ordering: .relaxed)
      try await first.stop()
      try await second.stop()
    }
  }

  @Test("A cancelled task moves the clock no further")
  func cancelled() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      _ = try await server.call { .armEvery(.nanoseconds(1000), "tick", $0) }
      let begin = test.clock.now
      let moving = Task { await test.clock.advance(by: .seconds(86_400)) }
      await test.clock.waitForTimers()
      moving.cancel()
      await moving.value
      #expect(test.clock.now < begin + .seconds(86_400))
      // Others may move it again.
      let now = test.clock.now
      await test.clock.advance(by: .microseconds(10))
      #expect(test.clock.now == now + .microseconds(10))
    }
  }

  @Test("A wait for timers that never come ends, and fails the test with what was armed instead")
  func vainWait() async throws {
    let line = UInt(#line) + 5
    do {
      try await withTestRuntime { test in
        let server = try await ClockedServer.start()
        try await server.call { .arm(.seconds(1), "a", $0) }
        await test.clock.waitForTimers(2, within: .milliseconds(20))
      }
      Issue.record("it did not fail")
    } catch let error as ExpectationFailure {
      #expect(error.line == line)
      #expect(error.message.contains("2 timers"))
      #expect(error.message.contains("1 were armed: ClockedServer"))
    }
  }
}

/// A server that blocks its thread, and the gate at which it stands.
private struct Blocker: GenServer {
  enum Call: Sendable { case passed(ReplyTo<Bool>) }
  enum Info: Sendable { case block }

  final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)

    func open() { isOpen.store(true, ordering: .releasing) }
    func block() { while !isOpen.load(ordering: .acquiring) {} }
  }

  let gate: Gate
  var hasPassed = false

  static func start() async throws -> (server: Ref, gate: Gate) {
    let gate = Gate()
    return (try await Self.start(gate), gate)
  }

  static func initialize(_ gate: Gate, context: Context) -> Initial { .ok(Self(gate: gate)) }
  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .passed(let client): .reply(hasPassed, to: client)
    }
  }
  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    gate.block()
    hasPassed = true
    return .noReply
  }
}
