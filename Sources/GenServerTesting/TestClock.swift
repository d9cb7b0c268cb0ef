public import GenServerKit

/// Time that stands still until the test moves it.
///
/// ```swift
/// try await withTestRuntime { test in
///   let store = try await SessionStore.start()
///   let id = try await store.create(userID: "ann")
///   await test.clock.advance(by: .seconds(3601))
///   await #expect(throws: SessionStore.Failure.expired) { try await store.get(id).get() }
/// }
/// ```
///
/// Timeouts of calls, timer messages, idle timeouts and `context.now` follow it; `Task.sleep` does not.
public struct TestClock: Sendable {
  let source: ManualTimeSource
  let runtime: Runtime
  private let scheduler: TestScheduler
  private let queue = ClockQueue()
  private let failedWait = FailedWait()

  init(_ source: ManualTimeSource, _ scheduler: TestScheduler, of runtime: Runtime) {
    self.source = source
    self.scheduler = scheduler
    self.runtime = runtime
  }

  public var now: ContinuousClock.Instant { ContinuousClock.Instant(nanoseconds: source.now()) }

  /// The wall time of the clock, which begins on the first of January 2001 and moves with `now`.
  public var wallTime: Timestamp { source.wallTime() }

  /// How many timers wait: timeouts of calls, starts and stops, timer messages, idle timeouts.
  public var armedTimers: Int { source.armedCount }

  /// Returns when at least `count` timers are armed, for example when a call that another task makes really waits. It
  /// also returns when the task is cancelled.
  ///
  /// When the real time for this is up it returns as well, and the test fails at its end, with the place of this wait
  /// and the timers that were armed instead.
  public func waitForTimers(
    _ count: Int = 1, within timeout: Duration = .seconds(5), fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async {
    let begin = ContinuousClock.now
    var rounds = 0
    while armedTimers < count, !Task.isCancelled {
      rounds += 1
      // A timer that is under way comes after some turns of the executor; for one that takes longer it looks now and
      // then.
      if rounds < 1000 { await Task.yield() } else { try? await Task.sleep(for: .milliseconds(1)) }
      guard ContinuousClock.now - begin > timeout, armedTimers < count else { continue }
      let sleepers = sleepers
      return failedWait.note(
        ExpectationFailure(
          """
          waited \(timeout) for \(count) timers; \(sleepers.count) were armed\(sleepers.isEmpty ? "" : ": ")\
          \(sleepers.prefix(10).map { "\($0)" }.joined(separator: ", "))
          """, at: SourcePlace(fileID, filePath, line, column)))
    }
  }

  /// The failure of the first wait that was in vain.
  var failure: ExpectationFailure? { failedWait.first }

  /// The waits for an instant of this clock, the earliest first.
  ///
  /// ```swift
  /// for sleeper in test.clock.sleepers { print(sleeper) }
  /// // Visit <0.3.0>: idle timeout in 60.0 seconds
  /// ```
  public var sleepers: [Sleeper] {
    let now = source.now()
    return runtime.sleepers.map { instant, sleeper in
      Sleeper(
        instant: ContinuousClock.Instant(nanoseconds: instant),
        remaining: .nanoseconds(max(0, instant.subtractingClamped(now))),
        pid: sleeper.process.map { PID($0) }, purpose: sleeper.purpose)
    }
  }

  /// Moves time to the next timer, waits until all that is due then has been handled, and returns how far time moved;
  /// nil if there is no timer.
  ///
  /// ```swift
  /// while await test.clock.advanceToNextTimer() != nil {}     // until nobody waits any more
  /// ```
  ///
  /// Several timers of one instant are one step. It waits for the same work as `advance(by:)`.
  @discardableResult public func advanceToNextTimer() async -> Duration? {
    await queue.withClock {
      let isSettled = await runtime.settle()
      let before = source.now()
      guard let earliest = source.earliest(until: .max) else { return nil }
      await pass(until: earliest, isSettled, isOneStep: true)
      return .nanoseconds(source.now() - before)
    }
  }

  /// Moves time, timer by timer, and returns when all that was due has been handled.
  ///
  /// Messages that were sent before are handled first. Tasks that move the clock at the same time do so one after the
  /// other, so it moves by the sum. A repeated timer costs what its messages cost: a year of seconds takes some
  /// minutes. In a cancelled task it ends early.
  ///
  /// It does not wait for a handler that is blocked, or that waits for something that only the test can give. How long
  /// an async handler waits for others cannot be seen, so it gets a moment. A test that depends on such a handler
  /// should await an answer of the server.
  public func advance(by duration: Duration) async {
    await queue.withClock {
      let isSettled = await runtime.settle()
      await pass(until: source.now().addingClamped(max(0, duration.wholeNanoseconds)), isSettled, isOneStep: false)
    }
  }

  /// Moves the clock. As long as nothing goes on elsewhere, it goes from timer to timer without looking at all
  /// processes.
  private func pass(until target: Int64, _ isSettled: Bool, isOneStep: Bool) async {
    var isSettled = isSettled
    while !Task.isCancelled {
      guard source.earliest(until: target) != nil else {
        source.move(to: target)
        if isSettled { return }
        isSettled = await runtime.settle()
        // A handler that was not waited for may have armed a timer before the last move.
        if source.isDue { continue }
        return
      }
      let round = ClockRound(source, scheduler, until: target, isOneStep: isOneStep || !isSettled)
      let outcome = await round.pass()
      if outcome == .unsettled || !isSettled { isSettled = await runtime.settle() }
      if isOneStep { return }
    }
  }
}

/// The first failed wait of a test, which fails the test at its end.
private final class FailedWait: Sendable {
  private let failure = Locked<ExpectationFailure?>(nil)

  var first: ExpectationFailure? { failure.withLock { $0 } }

  func note(_ failure: ExpectationFailure) { self.failure.withLock { if $0 == nil { $0 = failure } } }
}

extension TestClock {
  /// A wait for an instant of the clock.
  public struct Sleeper: Sendable {
    /// The instant at which the wait is over.
    public let instant: ContinuousClock.Instant

    /// The time from now until that instant.
    public let remaining: Duration

    /// The process that waits; nil for a task that is none.
    public let pid: PID?

    /// The purpose of the wait, for people to read: a message, an idle timeout, an answer.
    public let purpose: String
  }
}

extension TestClock.Sleeper: CustomStringConvertible {
  /// Such as `Visit <0.3.0>: idle timeout in 60.0 seconds`.
  public var description: String {
    "\(pid.map { $0.core.title } ?? "a task that is no process"): \(purpose) in \(remaining)"
  }
}
