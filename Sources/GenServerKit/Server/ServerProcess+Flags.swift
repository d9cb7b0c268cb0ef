// A suspended server lets go of the run right although messages wait, and handles only requests of the system.
extension ServerProcess {
  /// The slow loop, in which a suspended server handles requests of the system, and the end of its parent. Returns
  /// whether the process still has the run right, and goes on in the fast loop.
  @usableFromInline @inline(never) func drainFlagged() -> Bool {
    while isSuspendedBySystem, !isExiting {
      clearMore()
      guard let message = takeUrgent() else {
        if release() { return false }
        continue
      }
      if handle(message) == .ended { return false }
    }
    return true
  }

  /// Puts the messages that were taken out back at the front of the mailbox, where they are counted while nothing is
  /// handled. A mailbox with a bound needs no such step: only one message is taken out of it at a time, and that is
  /// being handled.
  func returnBatch() {
    if batch.isEmpty || limit != nil { return }
    lock.lock()
    while !inbox.isEmpty { batch.append(inbox.removeFirst()) }
    swap(&inbox, &batch)
    lock.unlock()
  }

  private func takeUrgent() -> SystemMessage? {
    let parent = parent
    let isUrgent: (borrowing Envelope<Server>) -> Bool = { $0.isUrgent(forChildOf: parent) }
    if let envelope = batch.removeFirst(where: isUrgent) { return envelope.takeSystem() }
    if let bounded {
      var admitted: [Waiter] = []
      let slot = lock.withLock { bounded.takeFirst(&admitted, where: isUrgent) }
      for sender in admitted { sender.wasAdmitted() }
      return slot?.envelope.take()?.takeSystem()
    }
    lock.lock()
    var envelope = inbox.removeFirst(where: isUrgent)
    lock.unlock()
    return envelope.take()?.takeSystem()
  }
}
