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

  public var now: ContinuousClock.Instant { ContinuousClock.Instant(nanoseconds: source.now()) }

  /// Begins on the first of January 2001, and moves with `now`.
  public var wallTime: Timestamp { source.wallTime() }

  /// How many timers wait: timeouts of calls, starts and stops, timer messages, idle timeouts.
  public var armedTimers: Int { source.armedCount }

  /// Returns when at least `count` timers are armed, for example when a call that another task makes really waits;
  /// also when the task is cancelled.
  public func waitForTimers(_ count: Int = 1) async {
    while armedTimers < count, !Task.isCancelled { await Task.yield() }
  }

  /// What waits for an instant of this clock, the earliest first.
  ///
  /// ```swift
  /// for sleeper in test.clock.sleepers { print(sleeper) }
  /// // Visit <0.3.0>: idle timeout in 60.0 seconds
  /// ```
  public var sleepers: [Sleeper] {
    let now = source.now()
    return runtime.sleepers.map { instant, sleeper in
      Sleeper(
        instant: ContinuousClock.Instant(nanoseconds: instant), remaining: .nanoseconds(max(0, instant - now)),
        pid: sleeper.process.map { PID($0) }, purpose: sleeper.purpose)
    }
  }

  /// Moves time to the next timer, and returns when what is due then has been handled, with how far it moved; nil where
  /// nothing waits for a time.
  ///
  /// ```swift
  /// while await test.clock.advanceToNextTimer() != nil {}     // until nobody waits any more
  /// ```
  ///
  /// Several timers of one instant are one step. What has been handled, and what is not waited for, is as in
  /// `advance(by:)`.
  @discardableResult public func advanceToNextTimer() async -> Duration? {
    await runtime.settle()
    let before = source.now()
    guard source.fireNext(until: .max) else { return nil }
    await runtime.settle()
    return .nanoseconds(source.now() - before)
  }

  /// Moves time, timer by timer, and returns when what was due has been handled.
  ///
  /// What was sent before is handled first. A handler that is blocked, or that waits for something that only the test
  /// can give, is not waited for; how long an async handler waits for others cannot be seen, so it is given a moment.
  /// Where a test depends on it, let it wait for an answer of the server.
  public func advance(by duration: Duration) async {
    await runtime.settle()
    let (sum, overflow) = source.now().addingReportingOverflow(max(0, duration.wholeNanoseconds))
    let target = overflow ? .max : sum
    repeat {
      while source.fireNext(until: target) { await runtime.settle() }
      source.move(to: target)
      await runtime.settle()
      // A handler that was not waited for may have armed a timer before the last move.
    } while source.isDue
  }
}

extension TestClock {
  /// Who waits for which instant.
  public struct Sleeper: Sendable {
    /// When it is due.
    public let instant: ContinuousClock.Instant

    /// How long that is from now on.
    public let remaining: Duration

    /// The process that waits; nil for a task that is none.
    public let pid: PID?

    /// What for, for people to read: a message, an idle timeout, an answer.
    public let purpose: String
  }
}

extension TestClock.Sleeper: CustomStringConvertible {
  /// Such as `Visit <0.3.0>: idle timeout in 60.0 seconds`.
  public var description: String {
    "\(pid.map { $0.core.title } ?? "a task that is no process"): \(purpose) in \(remaining)"
  }
}
