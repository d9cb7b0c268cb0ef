/// The source of a runtime's random numbers: the system, or a seed that repeats them.
package protocol RandomSource: AnyObject, Sendable {
  func next() -> UInt64
}

final class SystemRandomSource: RandomSource {
  static let shared = SystemRandomSource()

  func next() -> UInt64 {
    var system = SystemRandomNumberGenerator()
    return system.next()
  }
}

/// The generator SplitMix64: the same numbers in the same order for the same seed.
package struct SplitMix64 {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A source of the numbers of a seed, which all callers share.
package final class SeededRandomSource: RandomSource {
  private let generator: Locked<SplitMix64>

  package init(seed: UInt64) { generator = Locked(SplitMix64(seed: seed)) }

  package func next() -> UInt64 { generator.withLock { $0.next() } }
}
