/// When a timer fires, and whether it does so again. The times are in nanoseconds, as a `Duration` is slow to pass on.
enum TimerSchedule {
  case afterNanoseconds(Int64)
  case atNanoseconds(Int64)
  case everyNanoseconds(Int64)

  static func after(_ duration: Duration) -> Self { .afterNanoseconds(max(0, duration.wholeNanoseconds)) }
  /// No clock shows less than zero: an instant before that is in the past as well.
  static func at(_ instant: ContinuousClock.Instant) -> Self { .atNanoseconds(max(0, instant.nanoseconds)) }
  /// A timer that fired all the time would leave no time for anything else.
  static func every(_ duration: Duration) -> Self { .everyNanoseconds(max(1000, duration.wholeNanoseconds)) }

  /// The first instant; `.max` for one that is too far away to be counted, and never comes. This is inlined, as a call
  /// would retain the time source, which all threads share.
  @inline(__always) func instant(on timeSource: any TimeSource) -> Int64 {
    switch self {
    case .atNanoseconds(let instant): return instant
    case .afterNanoseconds(let delay), .everyNanoseconds(let delay):
      return timeSource.now().addingClamped(delay)
    }
  }

  /// The interval; zero for a timer that fires once.
  var interval: Int64 { if case .everyNanoseconds(let interval) = self { interval } else { 0 } }

  var isRepeated: Bool { interval > 0 }
}
