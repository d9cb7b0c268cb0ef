private import GenServerKitC

/// Both clocks are read once, so that instants and the runtime's nanoseconds can be turned into each other.
private let anchor = (instant: ContinuousClock.now, nanoseconds: gs_clock_now())

extension ContinuousClock.Instant {
  package init(nanoseconds: Int64) {
    self = anchor.instant.advanced(by: .nanoseconds(nanoseconds - anchor.nanoseconds))
  }

  /// On the runtime's clock; what lies too far away to be counted is as far as can be counted.
  package var nanoseconds: Int64 {
    let (sum, overflow) = anchor.nanoseconds.addingReportingOverflow(anchor.instant.duration(to: self).wholeNanoseconds)
    return overflow ? .max : sum
  }
}

extension Duration {
  /// Nanoseconds, at most as many as can be counted.
  package var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, overflowOfSum) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflowOfSum ? (seconds < 0 ? .min : .max) : sum
  }
}
