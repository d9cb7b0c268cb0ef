extension Sys {
  /// What people may see of a server; `:sys.get_status/1` in OTP.
  ///
  /// ```swift
  /// let status = try await Sys.status(of: cache)
  /// print(status)            // Cache <0.3.0> running, parent none, state Cache(entries: [])
  /// ```
  public struct Status: Hashable, Sendable {
    /// Whose it is.
    public let pid: PID

    /// The server's type, its name if it has one, and its pid.
    public let title: String

    /// Whether `Sys.suspend` lets its messages wait.
    public let isSuspended: Bool

    /// Who started it by a linked start.
    public let parent: PID?

    /// What it calls itself, as `formatStatus` shows it.
    public let label: String?

    /// Its state, as `formatStatus` shows it.
    public let state: String

    /// In the server's turn.
    init<Server: GenServer>(of process: ServerProcess<Server>, stateLimit: Int) {
      pid = PID(process)
      title = process.title
      isSuspended = process.isSuspendedBySystem
      parent = process.parent.map { PID($0) }
      label = process.labelText
      state = ValueText.describing(process.status().state, limit: stateLimit)
    }
  }
}

extension Sys.Status: CustomStringConvertible {
  /// Such as `Cache <0.3.0> running, parent none, state Cache(entries: [])`.
  public var description: String {
    var text = "\(title) \(isSuspended ? "suspended" : "running"), parent \(parent.map { "\($0)" } ?? "none")"
    if let label { text += ", label \(label)" }
    return "\(text), state \(state)"
  }
}
