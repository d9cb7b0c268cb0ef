internal import Logging

/// The program's runtimes, for the threads that several of them share.
final class RuntimeList: Sendable {
  // The list holds no weak references to runtimes, which would make each retain slower.
  static let shared = RuntimeList()

  private struct Entry {
    let table: ProcessTable
    let log: RuntimeLog
    /// The workers that run its processes.
    let crew: UInt
  }

  private let entries = Locked<[Entry]>([])
  /// The errands for searches: looking for a process takes longer the more processes there are.
  private let searches = Errands(limit: 4)

  func append(_ table: ProcessTable, _ log: RuntimeLog, crew: UInt) {
    entries.withLock { $0.append(Entry(table: table, log: log, crew: crew)) }
  }

  func remove(_ table: ProcessTable) {
    // The removed entries are dropped after the lock is let go.
    let gone = entries.withLock { entries in
      entries.firstIndex { $0.table === table }.map { entries.remove(at: $0) }
    }
    withExtendedLifetime(gone) {}
  }

  /// Logs the processes of that crew that hold up a worker, found by address; a process that has gone meanwhile is not
  /// named.
  func reportBlocking(_ identities: [UInt], crew: UInt) {
    searches.leave { [self] in
      for entry in entries(of: crew) {
        for identity in identities {
          guard let process = entry.table.first(where: { ObjectIdentifier($0).bits == identity }) else { continue }
          entry.log.writeElsewhere { logger in
            logger.warning(
              "\(process.title) holds up a thread while others wait; the pool gets another one",
              metadata: process.metadata)
          }
        }
      }
    }
  }

  /// Logs that processes wait for a thread that the system does not give.
  func report(_ shortage: ThreadShortage, waiting count: Int, crew: UInt) {
    for entry in entries(of: crew) {
      entry.log.write { logger in
        logger.error(
          "the pool needs another thread: \(shortage)", metadata: ["waiting": "\(count)", "code": "\(shortage.code)"])
      }
    }
  }

  private func entries(of crew: UInt) -> [Entry] {
    // The result is an array of its own: the next runtime would otherwise write to a buffer that was read here, ordered
    // only by a reference count, which the thread sanitizer cannot see.
    entries.withLock { entries in entries.filter { $0.crew == crew } }
  }
}
