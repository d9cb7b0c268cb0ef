/// The way to processes that run elsewhere. A `ProcessCore` stands for each of them here: messages and signals to it go
/// over the connection, and `die` tells of its end.
@usableFromInline package protocol ProcessConnection: AnyObject, Sendable {
  func deliver(_ message: any Sendable, to process: ProcessCore, from sender: PID?) -> Delivery
  func signal(_ signal: ConnectionSignal, to process: ProcessCore)
}

/// A signal from a local process to one that runs elsewhere.
@usableFromInline package enum ConnectionSignal: Equatable, Sendable {
  case exit(ExitReason, from: PID?, isKill: Bool)
  case link(PID)
  case unlink(PID)
  /// A local process that was linked to it has ended.
  case linkBroke(PID, ExitReason)
  /// The first local observer has begun to wait for its end, or the last one has ceased to: `isObserved` tells which.
  case observersChanged
}

extension ProcessKind {
  /// Makes the kind of the processes behind a connection.
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
  /// Makes a process that stands for one that runs elsewhere. It lives until it is told that the other has ended or
  /// cannot be reached. Nothing takes its run right, so no call to it is lent.
  package static func remote(_ kind: ProcessKind, name: String?, in runtime: Runtime) -> ProcessCore {
    let process = ProcessCore(kind, ProcessOptions(), runtime: runtime)
    if let name { process.showName(NamedAddress(name)) }
    return process
  }

  /// Refuses a request of the system, since there is no mailbox.
  static func takesNothing(_ process: ProcessCore, _ message: SystemMessage) -> Bool {
    process.lock.unlock()
    return false
  }

  /// Whether anything here waits for its end.
  package final var isObserved: Bool { lock.withLock { !observers.isEmpty } }
}
