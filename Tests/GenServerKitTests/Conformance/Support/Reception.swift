import Foundation
import GenServerKit

/// A registry that writes down what it is asked, and does as it is told.
final class Reception: ViaRegistry, @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var guests: [String: PID] = [:]
  private var storedLines: [String] = []
  private var storedIsFull = false
  private var storedIsDeadly = false

  /// What it was asked since the last look.
  func lines() -> [String] {
    lock.withLock {
      defer { storedLines = [] }
      return storedLines
    }
  }

  /// Whether it refuses whoever comes.
  var isFull: Bool {
    get { lock.withLock { storedIsFull } }
    set { lock.withLock { storedIsFull = newValue } }
  }

  /// Whether it ends whoever comes, and lets them in when they have ended.
  var isDeadly: Bool {
    get { lock.withLock { storedIsDeadly } }
    set { lock.withLock { storedIsDeadly = newValue } }
  }

  /// Puts a process there without the library.
  func seat(_ pid: PID, at key: String) { lock.withLock { guests[key] = pid } }

  func register(_ pid: PID, as key: String) -> Bool {
    Curious.look(pid)
    if isDeadly {
      pid.exit(.killed)
      while pid.isAlive {}
    }
    return lock.withLock {
      let isRefused = storedIsFull || guests[key] != nil
      storedLines.append("\(isRefused ? "refuse" : "register") \(key)")
      if isRefused { return false }
      guests[key] = pid
      return true
    }
  }

  func unregister(_ key: String, of pid: PID) {
    Curious.look(pid)
    lock.withLock {
      storedLines.append("unregister \(key)")
      if guests[key] == pid { guests[key] = nil }
    }
  }

  func whereis(_ key: String) -> PID? {
    let found = lock.withLock {
      storedLines.append("whereis \(key)")
      return guests[key]
    }
    found.map(Curious.look)
    return found
  }
}

/// A key that looks around whenever it is compared or shown.
struct Curious: Hashable, Sendable, CustomDebugStringConvertible {
  let text: String

  init(_ text: String) { self.text = text }

  /// Takes the locks of all processes, of their table and of the names, one after another: it would hang where somebody
  /// holds one of them.
  static func look(_ pid: PID? = nil) {
    _ = pid?.snapshot
    for process in Runtime.current.processes { _ = process.snapshot }
    _ = Runtime.current.registeredNames
  }

  static func == (a: Self, b: Self) -> Bool {
    look()
    return a.text == b.text
  }

  func hash(into hasher: inout Hasher) {
    Self.look()
    hasher.combine(text)
  }

  var debugDescription: String {
    Self.look()
    return "curious \(text)"
  }
}
