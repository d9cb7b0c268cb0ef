import Foundation

/// Counts how often each numbered thing was deinitialised, on whatever thread.
final class PartsTally: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var counts: [Int: Int] = [:]

  func ended(_ number: Int) { lock.withLock { counts[number, default: 0] += 1 } }

  var ended: [Int: Int] { lock.withLock { counts } }

  /// How many things were deinitialised, each counted as often as it was.
  var total: Int { lock.withLock { counts.values.reduce(0, +) } }
}

/// A thing whose end is counted.
final class PartsTallied: Sendable {
  let number: Int
  private let tally: PartsTally

  init(_ number: Int, _ tally: PartsTally) {
    self.number = number
    self.tally = tally
  }

  deinit { tally.ended(number) }
}
