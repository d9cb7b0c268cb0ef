/// One watch on one process, which ends with one `Down`.
///
/// ```swift
/// let monitor = context.monitor(worker) { .workerDown($0) }
/// context.demonitor(monitor)
/// ```
public struct Monitor: Hashable, Sendable {
  let core: ProcessMonitor

  init(_ core: ProcessMonitor) { self.core = core }

  public static func == (a: Self, b: Self) -> Bool { a.core === b.core }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(core)) }
}

extension Monitor: CustomStringConvertible {
  /// Such as `monitor of Counter <0.3.0>`.
  public var description: String { "monitor of \(core.target.title)" }
}

/// Tells that a monitored process has ended.
public struct Down: Sendable {
  /// The monitor that setting the watch returned.
  public let monitor: Monitor

  /// The process that has ended. For a name that nobody held, it is the pid of no process that ever lived.
  public let pid: PID

  /// The name by which the process was monitored, if it was monitored by name.
  public let name: String?

  /// Why the process ended; `noProcess` if it had ended before it was monitored, or nobody held the name.
  public let reason: ExitReason
}

extension Down: CustomStringConvertible {
  /// Such as `end of Counter <0.3.0>: shutdown`, the reason as that server's status formatter shows it.
  public var description: String { "end of \(pid.core.title): \(pid.core.text(of: reason))" }
}

extension ProcessCore {
  /// Ends a watch that this process set. Its message is dropped if it lies in the mailbox, and kept out if it is on its
  /// way.
  final func end(_ monitor: Monitor) {
    if monitor.core.watcher === self, monitor.core.cancel() { dropMessage(of: monitor.core) }
  }
}
