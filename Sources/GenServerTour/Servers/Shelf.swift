import GenServerKit
import Synchronization

/// A table of names of the program's own.
final class Shelf: ViaRegistry {
  private let holders = Mutex<[String: PID]>([:])

  func register(_ pid: PID, as key: String) -> Bool {
    holders.withLock { holders in
      if holders[key]?.isAlive == true { return false }
      holders[key] = pid
      return true
    }
  }

  func unregister(_ key: String, of pid: PID) {
    holders.withLock { if $0[key] == pid { $0[key] = nil } }
  }

  func whereis(_ key: String) -> PID? { holders.withLock { $0[key] } }
}
