/// What hardly any process has: a label, storage, a starter that waits. Made with the first of it,
/// and gone with the process; everything in it is touched under the process's lock.
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

  /// The tasks of a server that run.
  var tasks = ServerTaskList()

  /// How many requests may lie in a long mailbox without a bound for which nobody waits.
  var abandonedRequests = 0

  /// Whether `Sys` has suspended the process, for who looks from outside: the flag itself belongs to the run right.
  var isSuspended = false
}

extension ProcessCore {
  final var particularsUnderLock: ProcessParticulars? { relations?.particulars }

  /// Made with the first of what they are for. Not for a process that has ended, which would keep them.
  final func makeParticularsUnderLock() -> ProcessParticulars {
    let relations = relationsUnderLock()
    if let particulars = relations.particulars { return particulars }
    let new = ProcessParticulars()
    relations.particulars = new
    return new
  }

  /// One more request may lie in the mailbox for which nobody waits. Returns how many.
  final func countAbandonedUnderLock() -> Int {
    let particulars = makeParticularsUnderLock()
    particulars.abandonedRequests += 1
    return particulars.abandonedRequests
  }

  final func forgetAbandonedUnderLock() { particularsUnderLock?.abandonedRequests = 0 }

  /// By the holder of the run right, when `Sys` suspends the process or lets it go on.
  final func show(isSuspended: Bool) {
    lock.withLock {
      if isOver || !isSuspended && particularsUnderLock == nil { return }
      makeParticularsUnderLock().isSuspended = isSuspended
    }
  }
}
