/// The names of a runtime's processes.
final class NameTable: Sendable {
  private let holders = Locked<[String: ProcessCore]>([:])

  /// Returns the holder if the name is taken, and leaves the name with it. A process that has ended no longer counts as
  /// the holder: it may have got the name while it ended, and the thread that gave it the name is about to take it
  /// back.
  func register(_ process: ProcessCore, as name: String) -> ProcessCore? {
    let (holder, isTaken) = holders.withLock { holders -> (ProcessCore?, Bool) in
      let holder = holders[name]
      if let holder, holder.isAlive || holder.runtime.has(.downBeforeName) { return (holder, true) }
      holders[name] = process
      // The old holder is dropped after the lock is let go.
      return (holder, false)
    }
    return isTaken ? holder : nil
  }

  func unregister(_ name: String, of process: ProcessCore) {
    holders.withLock { if $0[name] === process { $0[name] = nil } }
  }

  func lookup(_ name: String) -> ProcessCore? { holders.withLock { $0[name] } }
}
