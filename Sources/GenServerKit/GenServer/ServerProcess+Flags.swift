// A suspended server: it lets go of the run right although messages wait, and handles requests of the system only.
extension ServerProcess {
  /// The slow loop. A suspended server handles requests of the system, and the end of its parent.
  @usableFromInline @inline(never) func drainFlagged() {
    while isSuspendedBySystem {
      if isExiting { return endByExit() }
      clearMore()
      guard let message = takeUrgent() else {
        if release() { return }
        continue
      }
      if handle(message) == .ended { return }
    }
    drain()
  }

  private func takeUrgent() -> SystemMessage? {
    let parent = parent
    let isUrgent: (borrowing Envelope<Server>) -> Bool = { $0.isUrgent(forChildOf: parent) }
    if let envelope = batch.removeFirst(where: isUrgent) { return envelope.takeSystem() }
    lock.lock()
    var envelope = inbox.removeFirst(where: isUrgent)
    lock.unlock()
    return envelope.take()?.takeSystem()
  }
}
