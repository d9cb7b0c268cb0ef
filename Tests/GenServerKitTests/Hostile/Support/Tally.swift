import Synchronization

/// A count that many may add to.
final class Tally: Sendable {
  private let number = Atomic<Int>(0)

  var count: Int { number.load(ordering: .acquiring) }

  func add(_ more: Int = 1) { number.add(more, ordering: .acquiringAndReleasing) }

  /// One less; returns how many are left.
  func takeOne() -> Int { number.subtract(1, ordering: .acquiringAndReleasing).newValue }
}
