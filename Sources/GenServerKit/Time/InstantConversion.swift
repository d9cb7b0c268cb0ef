private import GenServerKitC

/// A pair of readings of both clocks, taken once, by which instants and the runtime's nanoseconds are converted into
/// each other.
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

  /// The instant in nanoseconds of the runtime's clock; one that lies too far away to be counted becomes the farthest
  /// that can.
  package var nanoseconds: Int64 {
    let anchor = Anchor.shared
    // The instants are compared first, since their distance may be more than a duration can hold.
    if self <= anchor.first { return .min }
    if self >= anchor.last { return .max }
    return anchor.nanoseconds.addingClamped(anchor.instant.duration(to: self).wholeNanoseconds)
  }
}

extension Duration {
  /// The duration in nanoseconds, at most as many as can be counted.
  package var wholeNanoseconds: Int64 {
    // A duration that is not negative and not longer than about an hour needs no long division: 10^9 is 2^9 times this
    // divisor.
    if attoseconds >= 0, attoseconds < 1 << 72 { return Int64(truncatingIfNeeded: attoseconds >> 9) / 1_953_125 }
    return Int64(clamping: attoseconds / 1_000_000_000)
  }
}
