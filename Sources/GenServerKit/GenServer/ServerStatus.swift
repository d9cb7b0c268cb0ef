/// What people are shown of a server, before it becomes text: in crash reports and other records of the log, in the texts
/// of errors, in snapshots, and in the trace of a simulation.
///
/// ```swift
/// static func formatStatus(_ status: inout ServerStatus) {
///   if var state = status.state as? Self {
///     state.password = "…"
///     status.state = state
///   }
///   if status.message is Call { status.message = "a call" }
/// }
/// ```
///
/// Each text asks for itself, so mostly only some of the values are there. A formatter that replaces a value by a text
/// shows just that. What a caller gets as a value, such as the reason in ``CallError/exit(_:_:)``, stays as it is.
public struct ServerStatus {
  /// The server's state; `nil as Self?` where no state is at hand, as in the text of a call's error.
  public var state: Any

  /// The message that was being handled, the request that failed, or a step that a handler asked for.
  public var message: Any?

  /// Why the server ended, did not start, or was asked to stop. Nil shows none.
  public var reason: ExitReason?

  /// What the server calls itself; see ``ServerContext/label``.
  public var label: (any Sendable)?

  /// What was logged of its events.
  public var log: [Any]

  package init(
    state: Any, message: Any? = nil, reason: ExitReason? = nil, label: (any Sendable)? = nil, log: [Any] = []
  ) {
    self.state = state
    self.message = message
    self.reason = reason
    self.label = label
    self.log = log
  }
}
