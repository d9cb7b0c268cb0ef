import GenServerKit
import GenServerTesting
import Testing

@Suite("Deadline of a call", .timeLimit(.minutes(1))) struct ContextDeadlineTests {
  private func withPuppets(
    _ lending: PuppetLending,
    _ body: (TestRuntime, ServerRef<Puppet>, ServerRef<AsyncPuppet>) async throws -> Void
  ) async throws {
    try await withTestRuntime { test in
      try await body(
        test, Puppet.ready(lending), AsyncPuppet.ready(lending))
    }
  }

  @Test("Without a timeout it is five seconds away", arguments: PuppetLending.allCases)
  func byDefault(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (test, plain, waiting) async throws in
      let expected = test.clock.now + .seconds(5)
      #expect(try await plain.ask { _, context in context.deadline } == expected)
      #expect(try await waiting.ask { _, context in context.deadline } == expected)
    }
  }

  @Test("A timeout moves it, also one that the reference brings", arguments: PuppetLending.allCases)
  func withTimeout(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (test, plain, waiting) async throws in
      let now = test.clock.now
      for count in [1, 7, 3600] {
        let timeout = Timeout.seconds(count)
        #expect(try await plain.ask(timeout: timeout) { _, context in context.deadline } == now + .seconds(count))
        #expect(try await waiting.ask(timeout: timeout) { _, context in context.deadline } == now + .seconds(count))
      }
      #expect(try await plain.within(.seconds(2)).ask { _, context in context.deadline } == now + .seconds(2))
      #expect(try await waiting.within(.seconds(2)).ask { _, context in context.deadline } == now + .seconds(2))
      let instant = now + .milliseconds(1500)
      #expect(try await plain.ask(timeout: .until(instant)) { _, context in context.deadline } == instant)
      #expect(try await waiting.ask(timeout: .until(instant)) { _, context in context.deadline } == instant)
    }
  }

  @Test("A caller that waits for ever sets none", arguments: PuppetLending.allCases)
  func infinity(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (_, plain, waiting) async throws in
      #expect(try await plain.ask(timeout: .infinity) { _, context in context.deadline } == nil)
      #expect(try await waiting.ask(timeout: .infinity) { _, context in context.deadline } == nil)
    }
  }

  @Test("An instant that has passed is still the instant", arguments: [-500, -3000])
  func past(milliseconds: Int) async throws {
    try await withTestRuntime { test in
      // Only a caller that lends gets so far: another one has no time to wait.
      let plain = try await Puppet.ready(.always)
      let instant = test.clock.now + .milliseconds(milliseconds)
      #expect(try await plain.ask(timeout: .until(instant)) { _, context in context.deadline } == instant)
    }
  }

  @Test("Outside a call there is none", arguments: PuppetLending.allCases)
  func outsideCall(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (_, plain, waiting) async throws in
      try await outsideCall(plain)
      try await outsideCall(waiting)
    }
  }

  private func outsideCall(_ puppet: ServerRef<some PuppetShow>) async throws {
    // After a call, so that what it left would show.
    _ = try await puppet.ask { _, _ in 0 }
    let seen = PuppetPromise<ContinuousClock.Instant?>()
    puppet.tell { _, context in seen.fulfil(context.deadline) }
    #expect(await seen.value() == nil)
  }

  @Test("It stands still while the handler works", arguments: PuppetLending.allCases)
  func standsStill(lending: PuppetLending) async throws {
    try await withRuntime(Runtime()) { () async throws in
      let plain = try await Puppet.ready(lending)
      let (first, second) = try await plain.ask { _, context in
        let first = context.deadline
        let start = context.now
        while context.now < start + .milliseconds(1) {}
        return (first, context.deadline)
      }
      #expect(first != nil)
      #expect(first == second)
      try await plain.stop()
    }
  }

  @Test("It stands still while the handler waits", arguments: PuppetLending.allCases)
  func standsStillWhileWaiting(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (test, _, waiting) async throws in
      let start = test.clock.now
      let gate = PuppetGate()
      let deadlines = Task.immediate {
        try await waiting.askAsync { _, context in
          let first = context.deadline
          await gate.stand()
          return (first, context.deadline)
        }
      }
      await gate.reached.value()
      await test.clock.advance(by: .seconds(3))
      gate.open()
      let (first, second) = try await deadlines.value
      #expect(first == start + .seconds(5))
      #expect(second == start + .seconds(5))
    }
  }

  @Test("An inherited timeout is what is left of the call being handled", arguments: PuppetLending.allCases)
  func inherited(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (test, plain, first) async throws in
      let second = try await AsyncPuppet.ready(lending)
      let start = test.clock.now
      let gate = PuppetGate()
      let deadlines = Task.immediate {
        try await first.askAsync(timeout: .seconds(7)) { _, _ in
          await gate.stand()
          return try await second.askAsync(timeout: .inherited) { _, context in
            (context.deadline, try await plain.ask(timeout: .inherited) { _, context in context.deadline })
          }
        }
      }
      await gate.reached.value()
      await test.clock.advance(by: .seconds(3))
      gate.open()
      let (ofSecond, ofPlain) = try await deadlines.value
      #expect(ofSecond == start + .seconds(7))
      #expect(ofPlain == start + .seconds(7))
    }
  }

  @Test("A chain of inherited calls ends when the first caller stops waiting", arguments: PuppetLending.allCases)
  func chainEnds(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (test, silent, first) async throws in
      let inner = PuppetPromise<CallError?>()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let outer = Task.immediate {
        try await first.askAsync(timeout: .seconds(2)) { _, _ in
          do throws(CallError) {
            _ = try await silent.ask(timeout: .inherited) { (_, _, client: ReplyTo<Int>) in kept.fulfil(client) }
            inner.fulfil(nil)
          } catch {
            inner.fulfil(error)
          }
        }
      }
      await test.clock.waitForTimers(2)
      await test.clock.advance(by: .milliseconds(1999))
      #expect(!inner.isFulfilled)
      await test.clock.advance(by: .milliseconds(1))
      #expect(await inner.value() == .timeout())
      // Both waits end at the same instant: the handler may answer before the timer of its own caller fires.
      do { try await outer.value } catch { #expect(error as? CallError == .timeout()) }
    }
  }

  @Test("What is left of a call without a limit has none", arguments: PuppetLending.allCases)
  func inheritedInfinity(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (_, plain, waiting) async throws in
      let deadline = try await waiting.askAsync(timeout: .infinity) { _, _ in
        try await plain.ask(timeout: .inherited) { _, context in context.deadline }
      }
      #expect(deadline == nil)
    }
  }

  @Test("Outside a call an inherited timeout is five seconds", arguments: PuppetLending.allCases)
  func inheritedOutside(lending: PuppetLending) async throws {
    try await withPuppets(lending) { (test, plain, waiting) async throws in
      let expected = test.clock.now + .seconds(5)
      #expect(try await plain.ask(timeout: .inherited) { _, context in context.deadline } == expected)
      let seen = PuppetPromise<ContinuousClock.Instant?>()
      waiting.tellAsync { _, _ in
        seen.fulfil(try await plain.ask(timeout: .inherited) { _, context in context.deadline })
      }
      #expect(await seen.value() == expected)
    }
  }

  @Test("Times at the ends of the number range do not end the program")
  func extremes() async {
    await #expect(processExitsWith: .success) {
      try await withTestRuntime { _ in
        let puppet = try await Puppet.ready(.always)
        let far = ContinuousClock.now.advanced(by: .seconds(Int64.min / 2))
        let times: [Timeout] = [
          .seconds(Int.max), .after(.nanoseconds(Int64.max)), .until(far), .seconds(Int.min),
          .after(.nanoseconds(Int64.min)), .after(.seconds(Int64.min)), .milliseconds(Int.min),
        ]
        for time in times { _ = try await puppet.ask(timeout: time) { _, context in context.deadline } }
      }
    }
  }

  @Test("In terminate there is none, although a call brought it about")
  func inTerminate() async throws {
    try await withTestRuntime { _ in
      let seen = PuppetPromise<ContinuousClock.Instant?>()
      let server = try await DeadlineTeller.start(seen)
      await #expect(throws: CallError.exit(.shutdown)) { () async throws in
        let _: Int = try await server.call { .end($0) }
      }
      #expect(await seen.value() == nil)
    }
  }
}

/// Tells which deadline it sees when it ends.
private struct DeadlineTeller: GenServer {
  enum Call: Sendable { case end(ReplyTo<Int>) }

  let seen: PuppetPromise<ContinuousClock.Instant?>

  static func initialize(_ seen: PuppetPromise<ContinuousClock.Instant?>, context: Context) -> Initial {
    .ok(Self(seen: seen))
  }

  func handleCall(_ call: Call, context: Context) throws -> Next { throw ExitReason.shutdown }

  func terminate(_ reason: ExitReason, context: Context) async throws { seen.fulfil(context.deadline) }
}
