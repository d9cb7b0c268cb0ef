/// What crash reports and errors show of a server, before they become text.
///
/// ```swift
/// static func formatStatus(_ status: inout ServerStatus) {
///   guard var state = status.state as? Self else { return }
///   state.password = "…"
///   status.state = state
/// }
/// ```
public struct ServerStatus {
  /// The server's state; `nil as Self?` where no state is at hand, as in the text of a call's error.
  public var state: Any

  /// The message that was being handled, or the request that failed.
  public var message: Any?

  /// Why the server ended.
  public var reason: ExitReason?

  /// What was logged of its events.
  public var log: [Any]

  package init(state: Any, message: Any? = nil, reason: ExitReason? = nil, log: [Any] = []) {
    self.state = state
    self.message = message
    self.reason = reason
    self.log = log
  }
}
