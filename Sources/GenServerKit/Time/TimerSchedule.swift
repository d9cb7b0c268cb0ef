/// When a timer fires, and whether it does so again.
enum TimerSchedule {
  case after(Duration)
  case at(ContinuousClock.Instant)
  case every(Duration)

  /// The first instant; `.max` for one that is too far away to be counted, and never comes.
  func instant(on timeSource: any TimeSource) -> Int64 {
    let delay: Int64
    switch self {
    case .at(let instant): return instant.nanoseconds
    case .after(let duration): delay = max(0, duration.wholeNanoseconds)
    case .every: delay = interval ?? 0
    }
    let (sum, overflow) = timeSource.now().addingReportingOverflow(delay)
    return overflow ? .max : sum
  }

  /// A timer that fired all the time would leave no time for anything else.
  var interval: Int64? {
    guard case .every(let duration) = self else { return nil }
    return max(1000, duration.wholeNanoseconds)
  }
}
