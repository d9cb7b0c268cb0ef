// A suspended server: it lets go of the run right although messages wait, and handles requests of the system only.
extension ServerProcess {
  /// What a suspended server does with the run right: requests of the system, and the end of its parent.
  @usableFromInline @inline(never) func drainPaused() {
    while isPaused {
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

extension ProcessCore {
  /// By the holder of the run right: only the scheduler runs the process from now on.
  final func pause() {
    guard !isPaused else { return }
    isPaused = true
    holdLending()
  }

  final func unpause() {
    guard isPaused else { return }
    isPaused = false
    resumeLending()
  }
}
