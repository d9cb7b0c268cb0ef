/// What a process looked like at one moment; see `Process.info/1` in Elixir.
///
/// ```swift
/// guard let snapshot = worker.snapshot else { return }
/// print(snapshot.type, snapshot.status, snapshot.mailboxCount)
/// ```
///
/// A snapshot is taken without asking the process, so that even one that is stuck can be looked at. What changes while
/// it is taken may appear as it was before or as it is after. A link or a watch that exists all the while appears
/// exactly once, however many others come and go.
public struct ProcessSnapshot: Sendable {
  /// The process that the snapshot shows.
  public let pid: PID

  /// The plain name of the process, or else its first name in a registry.
  public let name: String?

  /// The label that the process gave itself; see `ServerContext.label`.
  public let label: (any Sendable)?

  /// The type of the server; `process` for one without a server.
  public let type: String

  /// Where in the source a process without a server was started, such as `Shop/Import.swift:12`.
  public let origin: String?

  /// The process that started this one by a linked start.
  public let parent: PID?

  /// The process that started this one, the one that started that, and so on: the nearest first, and sixteen at most.
  public let ancestors: [Ancestor]

  /// The processes it is linked to, in the order of linking.
  public let links: [PID]

  /// The processes it watches, once for each watch.
  public let monitors: [PID]

  /// The processes that watch it, once for each watch.
  public let monitoredBy: [PID]

  /// What the process is doing.
  public let status: Status

  /// The async handler that runs; nil for a plain one, and where there is no server.
  public let handling: Handling?

  /// The process for whose answer, start or end this one waits.
  public let waitsFor: PID?

  /// How many messages wait.
  ///
  /// A busy server takes all waiting messages out of its mailbox at once, and then handles them one by one. Seen from
  /// outside, the count is that of the messages that have come since: 0 means that the server took all there were, not
  /// that it has nothing to do. The server's own `context.snapshot` counts all, and so does every snapshot of a
  /// suspended server, of a server whose mailbox has a bound, and of a process without a server.
  public let mailboxCount: Int

  /// How many requests were skipped because their callers had given up.
  public let abandonedRequests: Int

  /// Whether exit signals arrive as messages.
  public let trapsExits: Bool
}

extension PID {
  /// What the process looks like now; nil once it has ended.
  public var snapshot: ProcessSnapshot? { core.isAlive ? core.snapshot : nil }
}

extension ProcessCore {
  /// The processes it is linked to, in the order of linking.
  final var linked: [PID] { elements { $0.relations?.links.list }.map { PID($0.peer(of: self)) } }

  /// The elements of one of the process's lists, copied piece by piece; `list` is called under the lock.
  private final func elements<Places: ListPlaces>(
    of list: (ProcessCore) -> IntrusiveList<Places>?
  ) -> [Places.Element] {
    var walk = ListWalk<Places.Element>()
    while !walk.isOver {
      lock.withLock {
        if let list = list(self) { list.advance(&walk) } else { walk.end() }
      }
      walk.keep()
    }
    return walk.taken
  }

  final var snapshot: ProcessSnapshot { snapshot(taken: 0) }

  /// Takes a snapshot. `taken` is the number of waiting messages that the holder of the run right has taken out of the
  /// mailbox.
  final func snapshot(taken: Int) -> ProcessSnapshot {
    // Values that take a lock of their own, or run the user's code, are read outside of this lock.
    let origin = origin
    let ancestors = ancestors
    let waitsFor = WaitGraph.shared.awaited(by: self)
    let inMailbox = kind.waitingCount(self)
    let waits = isWaiting
    let awaits = isSuspended
    let work = activation?.shownWork
    let links = linked
    let watched = elements { $0.relations?.monitors }.map { PID($0.target) }
    let watchers = elements { $0.observers }.compactMap { ($0 as? ProcessMonitor).map { PID($0.watcher) } }
    return lock.withLock {
      let isSuspended = particularsUnderLock?.isSuspended ?? false
      // A suspended server has put back the messages that it had taken.
      let outside = taken > 0 ? taken : isSuspended ? 0 : work?.left ?? 0
      return ProcessSnapshot(
        pid: PID(self), name: shownName, label: particularsUnderLock?.label, type: kind.typeName, origin: origin,
        parent: relations?.parent.map { PID($0) }, ancestors: ancestors,
        links: links, monitors: watched, monitoredBy: watchers,
        status: status(waits: waits, awaits: awaits, isSuspendedBySystem: isSuspended),
        handling: work.flatMap { ProcessSnapshot.Handling($0) }, waitsFor: waitsFor.map { PID($0) },
        mailboxCount: inMailbox + outside, abandonedRequests: Int(abandonedRequests),
        trapsExits: relations?.trapsExits ?? false)
    }
  }
}
