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

    package var isEmpty: Bool { startFailure == nil && messages.isEmpty && replies.isEmpty }
  }

  /// What was injected at one place, for as many starts as it was meant for, and which of it has happened.
  package final class Injection: @unchecked Sendable {
    // Unchecked: what has happened is touched under the lock only.
    let entry: Entry
    private let lock = Lock()
    private var toCome: Entry
    private var startCount = 0

    package init(_ entry: Entry) {
      self.entry = entry
      toCome = entry
    }

    /// What has happened to no server.
    package var rest: Entry { lock.withLock { toCome } }

    /// How many servers have been started with it.
    package var starts: Int { lock.withLock { startCount } }

    func started() { lock.withLock { startCount += 1 } }

    func takeStartFailure() -> ExitReason? {
      lock.withLock {
        toCome.startFailure = nil
        return entry.startFailure
      }
    }

    func take(message: Int, call: Int?) -> (message: Message?, reply: Reply?) {
      lock.withLock {
        toCome.messages[message] = nil
        if let call { toCome.replies[call] = nil }
        return (entry.messages[message], call.flatMap { entry.replies[$0] })
      }
    }
  }

  private let lock = Lock()
  private var entries: [ObjectIdentifier: [(injection: Injection, times: Int)]] = [:]

  package init() {}

  /// For the next `times` starts of such a server after those that there are entries for.
  package func add(_ injection: Injection, to type: ObjectIdentifier, times: Int) {
    if times < 1 { return }
    lock.withLock { entries[type, default: []].append((injection: injection, times: times)) }
  }

  /// For a start.
  func take(_ type: ObjectIdentifier) -> Injection? {
    lock.withLock {
      guard let (injection, times) = entries[type]?.first else { return nil }
      if times > 1 {
        entries[type]?[0].times -= 1
      } else {
        entries[type]?.removeFirst()
      }
      return injection
    }
  }
}
