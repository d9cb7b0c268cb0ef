import Foundation
import GenServerKit
import GenServerTesting

/// Which seeds a property is tried with; more on demand.
enum Seeds {
  static let all: Range<UInt64> =
    0..<(ProcessInfo.processInfo.environment["GENSERVER_SEEDS"].flatMap { UInt64($0) } ?? 100)
}

/// What a property expected and did not find.
struct Broken: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

func check(_ condition: Bool, _ text: @autoclosure () -> String) throws(Broken) {
  if !condition { throw Broken(text()) }
}

/// A note of what happened, from anywhere in a simulation.
final class Journal<Entry: Sendable>: Sendable {
  private let lock = Lock()
  nonisolated(unsafe) private var entries: [Entry] = []

  var all: [Entry] { lock.withLock { entries } }
  func write(_ entry: Entry) { lock.withLock { entries.append(entry) } }
}
