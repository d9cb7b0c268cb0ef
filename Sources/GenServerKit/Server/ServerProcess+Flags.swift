// A suspended server: it lets go of the run right although messages wait, and handles requests of the system only.
extension ServerProcess {
  /// The slow loop. A suspended server handles requests of the system, and the end of its parent. Whether the process
  /// still has the run right, and goes on in the fast loop.
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

  /// What has been taken out of the mailbox goes back to its front, where it is counted while nothing is handled. A bound
  /// lets one message at a time be taken, and that is being handled.
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
