/// What is to go wrong in the servers that a runtime starts.
package final class FaultBook: @unchecked Sendable {
  // Unchecked: touched under the lock only.
  package enum Message: Sendable {
    case exit(ExitReason)
    case delay(Duration)
  }

  package enum Reply: Sendable {
    case drop
    case delay(Duration)
  }

  /// For one start. Messages and calls are counted from 1.
  package struct Entry: Sendable {
    package var startFailure: ExitReason?
    package var messages: [Int: Message] = [:]
    package var replies: [Int: Reply] = [:]

    package init() {}
  }

  private let lock = Lock()
  private var entries: [ObjectIdentifier: [(entry: Entry, times: Int)]] = [:]

  package init() {}

  /// For the next `times` starts of such a server after those that there are entries for.
  package func add(_ entry: Entry, to type: ObjectIdentifier, times: Int) {
    if times < 1 { return }
    lock.withLock { entries[type, default: []].append((entry: entry, times: times)) }
  }

  /// For a start.
  func take(_ type: ObjectIdentifier) -> Entry? {
    lock.withLock {
      guard let (entry, times) = entries[type]?.first else { return nil }
      if times > 1 {
        entries[type]?[0].times -= 1
      } else {
        entries[type]?.removeFirst()
      }
      return entry
    }
  }
}
