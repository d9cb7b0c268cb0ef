/// Looks into any server while it runs; `:sys` in OTP.
///
/// ```swift
/// let size = try await Sys.state(of: cache) { $0.entries.count }
/// try await Sys.suspend(worker)
/// ```
///
/// The server itself carries out each request, between two messages, so nothing is seen half done. A request takes its
/// place in the mailbox, passes the mailbox's bound, and reaches a suspended server at once. Each function waits as
/// long as a call would, five seconds unless `within(_:)` or `timeout` says otherwise, and throws what a call would:
/// `noProcess`, `exit`, `timeout`, `cancelled`, and `callingSelf` in the server's own handler.
public enum Sys {
  /// Returns a copy of the state.
  nonisolated(nonsending) public static func state<Server: GenServer & Sendable>(
    of server: ServerRef<Server>, timeout: Timeout? = nil, function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) -> Server {
    try await state(of: server, timeout: timeout, function: function, fileID: fileID, line: line) { $0 }
  }

  /// Reads something out of a state that cannot leave its process.
  nonisolated(nonsending) public static func state<Server: GenServer, Value: Sendable>(
    of server: ServerRef<Server>, timeout: Timeout? = nil, function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line, _ read: @escaping @Sendable (Server) -> Value
  ) async throws(CallError) -> Value {
    try await server.perform("state", timeout, CallSite(function, fileID, line)) { process, client in
      if let state = process.server { client.reply(read(state)) }
      return .goOn
    }
  }

  /// Changes the state in place.
  nonisolated(nonsending) public static func replaceState<Server: GenServer>(
    of server: ServerRef<Server>, timeout: Timeout? = nil, function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line, _ change: @escaping @Sendable (inout Server) -> Void
  ) async throws(CallError) {
    try await server.perform("replaceState", timeout, CallSite(function, fileID, line)) { process, client in
      if var state = process.server.take() {
        change(&state)
        process.server = state
        client.reply(())
      }
      return .goOn
    }
  }

  /// What people may see of the server: whether it runs, its parent, and the state as `formatStatus` shows it. It prints
  /// as text.
  ///
  /// ```swift
  /// print(try await Sys.status(of: cache))
  /// ```
  ///
  /// - Parameters:
  ///   - server: Whom to ask.
  ///   - timeout: How long to wait.
  ///   - stateLimit: How long the text of the state may become, in bytes; nil for what the runtime's ``ReportLimits`` say.
  ///   - function: The caller, for the text of an error.
  ///   - fileID: Its file, for the same.
  ///   - line: Its line, for the same.
  nonisolated(nonsending) public static func status<Server: GenServer>(
    of server: ServerRef<Server>, timeout: Timeout? = nil, stateLimit: Int? = nil,
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) -> Status {
    try await server.perform("status", timeout, CallSite(function, fileID, line)) { process, client in
      client.reply(Status(of: process, stateLimit: stateLimit ?? process.runtime.reportLimits.state))
      return .goOn
    }
  }

  /// Makes the server handle only requests of this kind and stops until `resume`, while other messages wait. Suspending
  /// twice has no further effect.
  nonisolated(nonsending) public static func suspend<Server: GenServer>(
    _ server: ServerRef<Server>, timeout: Timeout? = nil, function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) {
    try await server.perform("suspend", timeout, CallSite(function, fileID, line)) { process, client in
      process.raise(.suspended)
      process.returnBatch()
      client.reply(())
      return .goOn
    }
  }

  /// Lets a suspended server go on with the messages that have come meanwhile.
  nonisolated(nonsending) public static func resume<Server: GenServer>(
    _ server: ServerRef<Server>, timeout: Timeout? = nil, function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) {
    try await server.perform("resume", timeout, CallSite(function, fileID, line)) { process, client in
      process.lower(.suspended)
      client.reply(())
      return .goOn
    }
  }

  /// Makes the server end with `reason`, after `terminate`, and returns when it is about to end.
  nonisolated(nonsending) public static func terminate<Server: GenServer>(
    _ server: ServerRef<Server>, _ reason: ExitReason, timeout: Timeout? = nil,
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) {
    try await server.perform("terminate", timeout, CallSite(function, fileID, line)) { process, client in
      client.reply(())
      return process.end(EndRequest(reason))
    }
  }
}
