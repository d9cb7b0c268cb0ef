/// When a timer fires, and whether it does so again. In nanoseconds, as a duration is slow to pass on.
enum TimerSchedule {
  case afterNanoseconds(Int64)
  case atNanoseconds(Int64)
  case everyNanoseconds(Int64)

  static func after(_ duration: Duration) -> Self { .afterNanoseconds(max(0, duration.wholeNanoseconds)) }
  /// No clock shows less than nothing: what lies before is past as well.
  static func at(_ instant: ContinuousClock.Instant) -> Self { .atNanoseconds(max(0, instant.nanoseconds)) }
  /// A timer that fired all the time would leave no time for anything else.
  static func every(_ duration: Duration) -> Self { .everyNanoseconds(max(1000, duration.wholeNanoseconds)) }

  /// The first instant; `.max` for one that is too far away to be counted, and never comes. Inlined, as the time source
  /// would be retained for the call, which all threads share.
  @inline(__always) func instant(on timeSource: any TimeSource) -> Int64 {
    switch self {
    case .atNanoseconds(let instant): return instant
    case .afterNanoseconds(let delay), .everyNanoseconds(let delay):
      return timeSource.now().addingClamped(delay)
    }
  }

  /// Zero for once.
  var interval: Int64 { if case .everyNanoseconds(let interval) = self { interval } else { 0 } }

  var isRepeated: Bool { interval > 0 }
}
