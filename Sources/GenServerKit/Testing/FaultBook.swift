/// The faults to inject into the servers that a runtime starts.
package final class FaultBook: Sendable {
  package enum Message: Sendable {
    case exit(ExitReason)
    case delay(Duration)
  }

  package enum Reply: Sendable {
    case drop
    case delay(Duration)
  }

  /// The faults for one start. Messages and calls are counted from 1.
  package struct Entry: Sendable {
    package var startFailure: ExitReason?
    package var messages: [Int: Message] = [:]
    package var replies: [Int: Reply] = [:]

    package init() {}

    package var isEmpty: Bool { startFailure == nil && messages.isEmpty && replies.isEmpty }
  }

  /// The faults that were injected at one place in a test, for a number of starts, with a record of which have
  /// happened.
  package final class Injection: Sendable {
    let entry: Entry
    private let progress: Locked<(toCome: Entry, starts: Int)>

    package init(_ entry: Entry) {
      self.entry = entry
      progress = Locked((toCome: entry, starts: 0))
    }

    /// The faults that have happened to no server.
    package var rest: Entry { progress.withLock { $0.toCome } }

    /// How many servers have been started with these faults.
    package var starts: Int { progress.withLock { $0.starts } }

    func started() { progress.withLock { $0.starts += 1 } }

    func takeStartFailure() -> ExitReason? {
      progress.withLock { $0.toCome.startFailure = nil }
      return entry.startFailure
    }

    func take(message: Int, call: Int?) -> (message: Message?, reply: Reply?) {
      progress.withLock { progress in
        progress.toCome.messages[message] = nil
        if let call { progress.toCome.replies[call] = nil }
      }
      return (entry.messages[message], call.flatMap { entry.replies[$0] })
    }
  }

  private let entries = Locked<[ObjectIdentifier: [(injection: Injection, times: Int)]]>([:])

  package init() {}

  /// Adds the faults for the next `times` starts of such a server, after those for which there are entries already.
  package func add(_ injection: Injection, to type: ObjectIdentifier, times: Int) {
    if times < 1 { return }
    entries.withLock { $0[type, default: []].append((injection: injection, times: times)) }
  }

  /// Takes the faults for a start.
  func take(_ type: ObjectIdentifier) -> Injection? {
    entries.withLock { entries in
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
