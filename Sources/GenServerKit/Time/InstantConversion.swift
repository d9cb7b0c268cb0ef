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
    // What is not negative and below an hour and more needs no long division: 10^9 is 2^9 times this.
    if attoseconds >= 0, attoseconds < 1 << 72 { return Int64(truncatingIfNeeded: attoseconds >> 9) / 1_953_125 }
    return Int64(clamping: attoseconds / 1_000_000_000)
  }
}
