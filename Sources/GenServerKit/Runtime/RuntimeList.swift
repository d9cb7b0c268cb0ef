internal import Logging

/// The process tables of the program's runtimes, for a log that has only an address to go by.
final class RuntimeList: @unchecked Sendable {
  // Unchecked: touched under the lock only. Not weak references to runtimes: those would make each retain slower.
  static let shared = RuntimeList()

  private let lock = Lock()
  private var entries: [(table: ProcessTable, logger: Logger)] = []

  func append(_ table: ProcessTable, _ logger: Logger) { lock.withLock { entries.append((table, logger)) } }
  func remove(_ table: ProcessTable) { lock.withLock { entries.removeAll { $0.table === table } } }

  /// Names the processes that hold up a worker; an address whose process has gone names nobody.
  func reportBlocking(_ identities: [UInt]) {
    // Into an array of its own: the next runtime would write to a buffer that was read here, in the order of a count of
    // references, which the thread sanitizer cannot see.
    let entries = lock.withLock { self.entries.map { $0 } }
    for (table, logger) in entries {
      for identity in identities {
        guard let process = table.first(where: { ObjectIdentifier($0).bits == identity }) else { continue }
        logger.warning(
          "\(process.title) holds up a thread while others wait; the pool gets another one",
          metadata: process.metadata)
      }
    }
  }
}
