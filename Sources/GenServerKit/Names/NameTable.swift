/// The names of a runtime's processes.
final class NameTable: @unchecked Sendable {
  // Unchecked: touched under the lock only.
  private let lock = Lock()
  private var holders: [String: ProcessCore] = [:]

  /// Returns the holder if the name is taken, which then stays. One that has ended holds it no longer: it may have got it
  /// while it ended, and whoever gave it the name is about to take it back.
  func register(_ process: ProcessCore, as name: String) -> ProcessCore? {
    lock.withLock {
      if let holder = holders[name], holder.isAlive || holder.runtime.has(.downBeforeName) { return holder }
      holders[name] = process
      return nil
    }
  }

  func unregister(_ name: String, of process: ProcessCore) {
    lock.withLock {
      if holders[name] === process { holders[name] = nil }
    }
  }

  func lookup(_ name: String) -> ProcessCore? { lock.withLock { holders[name] } }

  /// Those that living processes hold, in no promised order.
  var all: [String] { lock.withLock { holders.filter { $0.value.isAlive }.map(\.key) } }
}
