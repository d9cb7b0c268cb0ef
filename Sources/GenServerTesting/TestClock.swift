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

  /// Moves time, timer by timer, and returns when what was due has been handled.
  ///
  /// What was sent before is handled first. A handler that is blocked, or that waits for something that only the test
  /// can give, is not waited for; how long an async handler waits for others cannot be seen, so it is given a moment.
  /// Where a test depends on it, let it wait for an answer of the server.
  public func advance(by duration: Duration) async {
    await settle()
    let (sum, overflow) = source.now().addingReportingOverflow(max(0, duration.wholeNanoseconds))
    let target = overflow ? .max : sum
    while source.fireNext(until: target) { await settle() }
    source.move(to: target)
    await settle()
  }

  /// Waits until no process has anything to do. Rounds of the executor are counted, since what is on its way stands in
  /// its queue; only handlers that stay busy for long are given up on by the clock on the wall.
  private func settle() async {
    let begin = ContinuousClock.now
    var quiet = 0
    var rounds = 0
    while quiet < 20 {
      await Task.yield()
      rounds += 1
      switch activity {
      case .none: quiet += 1
      case .waiting where rounds >= 200 && ContinuousClock.now - begin > .milliseconds(10): return
      case .running where rounds >= 2000 && ContinuousClock.now - begin > .milliseconds(250): return
      case .waiting, .running: quiet = 0
      }
    }
  }

  private enum Activity {
    case none, waiting, running
  }

  private var activity: Activity {
    var activity = Activity.none
    for pid in runtime.processes where !pid.core.isIdle {
      if !pid.core.isSuspended { return .running }
      activity = .waiting
    }
    return activity
  }
}
