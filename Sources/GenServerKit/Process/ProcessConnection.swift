/// The way to processes that run elsewhere, each of which a `ProcessCore` stands for here: messages and signals to it go
/// over the connection, and its end is told by `die`.
@usableFromInline package protocol ProcessConnection: AnyObject, Sendable {
  func deliver(_ message: any Sendable, to process: ProcessCore, from sender: PID?) -> Delivery
  func signal(_ signal: ConnectionSignal, to process: ProcessCore)
}

/// What a local process does to one that runs elsewhere.
@usableFromInline package enum ConnectionSignal: Equatable, Sendable {
  case exit(ExitReason, from: PID?, isKill: Bool)
  case link(PID)
  case unlink(PID)
  /// A local process that was linked to it has ended.
  case linkBroke(PID, ExitReason)
  /// The first one here waits for its end, or the last one does no longer: `isObserved` tells which.
  case observersChanged
}

extension ProcessKind {
  /// Of the processes behind a connection.
  package static func remote(_ typeName: String, over connection: any ProcessConnection) -> ProcessKind {
    ProcessKind(
      typeName: typeName, drive: { _ in }, activate: { _ in }, dropContents: { _ in },
      deliver: { process, message, sender, timer in
        if let timer, !timer.claims(leavesMessage: false) { return .refused }
        return connection.deliver(message, to: process, from: sender)
      }, postUnderLock: ProcessCore.takesNothing,
      waitingCount: { _ in 0 },
      end: { _, _ in }, connection: connection)
  }
}

extension ProcessCore {
  /// Stands for a process that runs elsewhere, and lives until it is told that it has ended or cannot be reached. Nobody
  /// takes its run right, and so nobody lends.
  package static func remote(_ kind: ProcessKind, name: String?, in runtime: Runtime) -> ProcessCore {
    let process = ProcessCore(kind, ProcessOptions(), runtime: runtime)
    if let name { process.showName(NamedAddress(name)) }
    return process
  }

  /// What becomes of a request of the system where there is no mailbox.
  static func takesNothing(_ process: ProcessCore, _ message: SystemMessage) -> Bool {
    process.lock.unlock()
    return false
  }

  /// Whether anybody here waits for its end.
  package final var isObserved: Bool { lock.withLock { !observers.isEmpty } }
}
