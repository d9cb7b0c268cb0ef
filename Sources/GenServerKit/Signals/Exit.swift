/// An exit signal that a process which traps exits received as a message.
///
/// ```swift
/// context.trapExits { .exited($0) }
/// ```
public struct Exit: Sendable {
  /// The process that ended or that called `exit`; the receiver itself if no process sent the signal.
  public let pid: PID

  /// The reason that the signal carries.
  public let reason: ExitReason

  package init(pid: PID, reason: ExitReason) {
    self.pid = pid
    self.reason = reason
  }
}

extension Exit: CustomStringConvertible {
  /// Such as `exit of Counter <0.3.0>: shutdown`, the reason as that server's status formatter shows it.
  public var description: String { "exit of \(pid.core.title): \(pid.core.text(of: reason))" }
}
