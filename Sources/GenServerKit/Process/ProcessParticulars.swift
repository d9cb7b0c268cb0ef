/// State that hardly any process needs: a label, storage, a starter that waits. The object is made when the first of
/// these is needed, and goes with the process; everything in it is touched under the process's lock.
final class ProcessParticulars: @unchecked Sendable {
  // Unchecked: see above; what is in `storage` is touched by the process itself alone.
  var label: (any Sendable)?
  var storage: ProcessStorageTable?

  /// Made with the first record that may come often.
  var logLimiter: LogLimiter?

  /// Who waits until the process acknowledges its start.
  var start: AcknowledgedStart?

  /// The requests of a server whose handlers a test calls, and which the test answers.
  var keptRequests: [RequestCore] = []

  /// The running tasks of a server.
  var tasks = ServerTaskList()

  /// How many requests may lie in a long mailbox without a bound for which nobody waits.
  var abandonedRequests = 0

  /// Whether `Sys` has suspended the process, for snapshots from outside: the flag itself may only be read with the run
  /// right.
  var isSuspended = false
}

extension ProcessCore {
  final var particularsUnderLock: ProcessParticulars? { relations?.particulars }

  /// Returns the particulars, and makes them if needed. They must not be made for a process that has ended, which would
  /// keep them.
  final func makeParticularsUnderLock() -> ProcessParticulars {
    let relations = relationsUnderLock()
    if let particulars = relations.particulars { return particulars }
    let new = ProcessParticulars()
    relations.particulars = new
    return new
  }

  /// Counts one more request in the mailbox for which nobody may be waiting. Returns how many there are.
  final func countAbandonedUnderLock() -> Int {
    let particulars = makeParticularsUnderLock()
    particulars.abandonedRequests += 1
    return particulars.abandonedRequests
  }

  final func forgetAbandonedUnderLock() { particularsUnderLock?.abandonedRequests = 0 }

  /// Called by the holder of the run right, when `Sys` suspends the process or lets it go on.
  final func show(isSuspended: Bool) {
    lock.withLock {
      if isOver || !isSuspended && particularsUnderLock == nil { return }
      makeParticularsUnderLock().isSuspended = isSuspended
    }
  }
}
