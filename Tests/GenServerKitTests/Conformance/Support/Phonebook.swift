import Foundation
import GenServerKit

/// The smallest registry there is: a dictionary under a lock.
final class Phonebook<Key: Hashable & Sendable>: ViaRegistry, @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var entries: [Key: PID] = [:]

  var keys: Set<Key> { lock.withLock { Set(entries.keys) } }

  func register(_ pid: PID, as key: Key) -> Bool {
    lock.withLock {
      if entries[key] != nil { return false }
      entries[key] = pid
      return true
    }
  }

  func unregister(_ key: Key, of pid: PID) {
    lock.withLock { if entries[key] == pid { entries[key] = nil } }
  }

  func whereis(_ key: Key) -> PID? { lock.withLock { entries[key] } }
}

/// A text in a runtime: tests that run side by side share a registry and do not meet.
struct Listing: Hashable, Sendable, CustomDebugStringConvertible {
  static let all = Phonebook<Listing>()

  private let text: String
  private let runtime: ObjectIdentifier

  init(_ text: String) {
    self.text = text
    runtime = ObjectIdentifier(Runtime.current)
  }

  var debugDescription: String { String(reflecting: text) }
}
