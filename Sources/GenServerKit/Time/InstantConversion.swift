private import GenServerKitC

/// Both clocks are read once, so that instants and the runtime's nanoseconds can be turned into each other.
private struct Anchor {
  let instant = ContinuousClock.now
  let nanoseconds = gs_clock_now()
  /// The instants that can be counted in nanoseconds lie between these.
  let first: ContinuousClock.Instant
  let last: ContinuousClock.Instant

  init() {
    first = instant.advanced(by: .nanoseconds(Int64.min) - .nanoseconds(nanoseconds))
    last = instant.advanced(by: .nanoseconds(Int64.max) - .nanoseconds(nanoseconds))
  }

  static let shared = Anchor()
}

extension ContinuousClock.Instant {
  package init(nanoseconds: Int64) {
    let anchor = Anchor.shared
    self = anchor.instant.advanced(by: .nanoseconds(nanoseconds) - .nanoseconds(anchor.nanoseconds))
  }

  /// On the runtime's clock; what lies too far away to be counted is as far as can be counted.
  package var nanoseconds: Int64 {
    let anchor = Anchor.shared
    // Compared first, since the distance of two instants may be more than a duration can hold.
    if self <= anchor.first { return .min }
    if self >= anchor.last { return .max }
    return anchor.nanoseconds.addingClamped(anchor.instant.duration(to: self).wholeNanoseconds)
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
