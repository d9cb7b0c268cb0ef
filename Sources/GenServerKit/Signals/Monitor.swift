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
  /// What `monitor` returned.
  public let monitor: Monitor

  /// The process that has ended. For a name that nobody held it is a pid that never lived.
  public let pid: PID

  /// The name by which it was monitored, if it was.
  public let name: String?

  /// Why it ended; `noProcess` if it had ended before it was monitored, or nobody held the name.
  public let reason: ExitReason
}

extension Down: CustomStringConvertible {
  /// Such as `end of Counter <0.3.0>: shutdown`, the reason as that server's status formatter shows it.
  public var description: String { "end of \(pid.core.title): \(pid.core.text(of: reason))" }
}

extension ProcessCore {
  /// Ends a watch of this process. A message that was sent before is gone with it, or will not come in.
  final func end(_ monitor: Monitor) {
    if monitor.core.watcher === self, monitor.core.cancel() { dropMessage(of: monitor.core) }
  }
}
