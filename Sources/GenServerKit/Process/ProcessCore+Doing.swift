extension ProcessCore {
  /// What the process does, for people to read: such as `waiting for messages`.
  package final var doing: String {
    if !isAlive { return "not alive" }
    if kind.connection != nil { return "on another node" }
    let isSuspendedBySystem = lock.withLock { particularsUnderLock?.isSuspended ?? false }
    let work = activation?.shownWork
    var text =
      switch status(waits: isWaiting, awaits: isSuspended, isSuspendedBySystem: isSuspendedBySystem) {
      case .waiting: "waiting for messages"
      case .running: "running"
      case .awaiting:
        "awaiting something in its \(work.flatMap { ProcessSnapshot.Handling($0) }.map { "\($0.handler)" } ?? "body")"
      case .suspended: "suspended"
      case .exiting: "told to exit, and its handler has not returned"
      }
    if let other = WaitGraph.shared.awaited(by: self) { text += ", and waits for \(other.title)" }
    let waiting = kind.waitingCount(self) + (isSuspendedBySystem ? 0 : work?.left ?? 0)
    if waiting > 0 { text += ", with \(waiting) messages in its mailbox" }
    return text
  }
}
