import Foundation

/// The memory of this program, which must stay flat. Linux only; elsewhere nothing is read and nothing checked.
struct ResidentMemory {
  /// Rounds in which threads, caches and the allocator's arenas come into being.
  private static let warmUp = 5
  /// A peak passes and a leak does not: the least of so many readings counts.
  private static let window = 10

  private var readings: [Int] = []

  /// The highest reading of the warm-up.
  private(set) var first = 0

  var last: Int { readings.last ?? 0 }

  var allowed: Int { first + first / 10 + (20 << 20) }

  /// After a round. Returns a text if there is more than there may be.
  mutating func read() -> String? {
    guard let bytes = Self.now else { return nil }
    if readings.count < Self.warmUp {
      first = max(first, bytes)
    }
    readings.append(bytes)
    if readings.count > Self.warmUp + Self.window { readings.remove(at: Self.warmUp) }
    guard readings.count == Self.warmUp + Self.window, let least = readings.dropFirst(Self.warmUp).min() else {
      return nil
    }
    if least <= allowed { return nil }
    return """
      resident memory is not flat: at least \(Self.text(least)) in each of the last \(Self.window) rounds, \
      \(Self.text(first)) after the first \(Self.warmUp)
      """
  }

  static func text(_ bytes: Int) -> String { "\(bytes >> 20) MB" }

  private static var now: Int? {
    guard let fields = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " "),
      fields.count > 1, let pages = Int(fields[1])
    else { return nil }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}
