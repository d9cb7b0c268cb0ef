/// Counts how often each numbered thing was deinitialised, on whatever thread.
final class PartsTally: Sendable {
  private let counts = Observed<[Int: Int]>([:])

  func ended(_ number: Int) { counts.change { $0[number, default: 0] += 1 } }

  var ended: [Int: Int] { counts.value }

  /// The same once there are so many, or what there is after thirty seconds: for what threads may hold a moment still.
  func ended(_ count: Int) async -> [Int: Int] { await counts.value { $0.count >= count } }

  /// How many things were deinitialised, each counted as often as it was.
  var total: Int { counts.value.values.reduce(0, +) }
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
