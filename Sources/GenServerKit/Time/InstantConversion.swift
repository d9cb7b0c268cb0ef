private import GenServerKitC

/// Both clocks are read once, so that instants and the runtime's nanoseconds can be turned into each other.
private let anchor = (instant: ContinuousClock.now, nanoseconds: gs_clock_now())

extension ContinuousClock.Instant {
  package init(nanoseconds: Int64) {
    self = anchor.instant.advanced(by: .nanoseconds(nanoseconds) - .nanoseconds(anchor.nanoseconds))
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
    // Compared first: `components` ends the program for durations that are longer than it can say.
    if self >= .nanoseconds(Int64.max) { return .max }
    if self <= .nanoseconds(Int64.min) { return .min }
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
