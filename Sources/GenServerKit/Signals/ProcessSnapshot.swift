/// What a process looked like at one moment; see `Process.info/1` in Elixir.
///
/// ```swift
/// guard let snapshot = worker.snapshot else { return }
/// print(snapshot.type, snapshot.mailboxCount)
/// ```
public struct ProcessSnapshot: Sendable {
  /// Whose it is.
  public let pid: PID

  /// Its plain name, or else the first that it has in a registry.
  public let name: String?

  /// The type of the server.
  public let type: String

  /// Who started it by a linked start.
  public let parent: PID?

  /// The processes it is linked to, in the order of linking.
  public let links: [PID]

  /// The processes it watches, once for each watch.
  public let monitors: [PID]

  /// The processes that watch it, once for each watch.
  public let monitoredBy: [PID]

  /// How many messages wait.
  ///
  /// A server that has to do takes what waits out of its mailbox at once, to handle it bit by bit. Seen from outside the
  /// count is that of the messages that have come since: 0 tells that the server took all there was, not that it has
  /// nothing to do. The server's own `context.snapshot` counts all, and so does any of a suspended server, of one whose
  /// mailbox has a bound, and of a process without a server.
  public let mailboxCount: Int

  /// Whether exit signals arrive as messages.
  public let trapsExits: Bool
}

extension PID {
  /// What the process looks like now; nil once it has ended.
  public var snapshot: ProcessSnapshot? { core.isAlive ? core.snapshot : nil }
}

extension ProcessCore {
  final var snapshot: ProcessSnapshot { snapshot(taken: 0) }

  /// `taken` counts the messages that wait outside the mailbox, as its holder knows.
  final func snapshot(taken: Int) -> ProcessSnapshot {
    let waiting = kind.waitingCount(self) + taken
    return lock.withLock {
      let watchers = observers.all.compactMap { ($0 as? ProcessMonitor).map { PID($0.watcher) } }
      return ProcessSnapshot(
        pid: PID(self), name: shownName, type: kind.typeName, parent: relations?.parent.map { PID($0) },
        links: relations?.links.all(of: self).map { PID($0.peer(of: self)) } ?? [],
        monitors: relations?.monitors.all.map { PID($0.target) } ?? [], monitoredBy: watchers,
        mailboxCount: waiting, trapsExits: relations?.trapsExits ?? false)
    }
  }
}
