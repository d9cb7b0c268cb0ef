/// The number and then name of a process that started another one, kept without the process itself, which may be gone.
struct AncestorRecord: Sendable {
  let number: ProcessNumber
  let name: String?
}

extension ProcessSnapshot {
  /// A process that started another one, directly or through others; see "ancestors" in OTP's `proc_lib`.
  ///
  /// ```swift
  /// print(snapshot.ancestors)         // [shop, <0.12.0>]: started by the process named shop, that by another one
  /// ```
  public struct Ancestor: Hashable, Sendable {
    /// The ancestor's pid; nil once it has ended.
    public let pid: PID?

    /// The name that the ancestor had when it started the other process.
    public let name: String?

    let number: ProcessNumber
  }
}

extension ProcessSnapshot.Ancestor: CustomStringConvertible {
  /// The name if there was one, else the text of the pid, which stays the same when the process has ended.
  public var description: String { name ?? number.description }
}

extension ProcessCore {
  private static let ancestorLimit = 16

  /// Records the process that starts this one, before anything can see this one.
  final func descend(from starter: ProcessCore) {
    // The pids and names of one runtime mean nothing in another.
    guard starter.runtime === runtime, starter !== self else { return }
    let lineage = starter.lineage()
    lock.withLock { withMadeRelations { $0.ancestors = lineage } }
  }

  /// The process itself and its ancestors. All processes that it starts share one array.
  private final func lineage() -> [AncestorRecord] {
    lock.withLock {
      if let known = withRelations({ $0.lineage }), !known.isEmpty, known[0].name == shownName { return known }
      let own = AncestorRecord(number: number, name: shownName)
      let lineage = [own] + (relations?.ancestors ?? []).prefix(Self.ancestorLimit - 1)
      if !isOver { relationsUnderLock().lineage = lineage }
      return lineage
    }
  }

  /// The process that started this one, the one that started that, and so on: the nearest first.
  final var ancestors: [ProcessSnapshot.Ancestor] {
    let records = lock.withLock { relations?.ancestors ?? [] }
    return records.map { record in
      ProcessSnapshot.Ancestor(
        pid: runtime.table.process(record.number).map { PID($0) }, name: record.name, number: record.number)
    }
  }
}

extension Runtime {
  /// The runtime in which something is started now, and the process that starts it, found together: outside of any
  /// process this costs no second look.
  @usableFromInline static var surroundings: (runtime: Runtime, process: ProcessCore?) {
    if let process = ThreadRecord.current { return (process.runtime, process) }
    return (Ambient.runtime ?? .default, Ambient.ofTask)
  }
}
