// The plain defaults exist for every type and answer "not here". As their parameters are `sending`, none of them can
// stand in for an async handler, so a server that has neither form does not compile.
extension GenServer {
  @inlinable public static func initialize(_ argument: sending Argument, context: Context) throws -> Initial {
    .notHere
  }
  @inlinable public mutating func handleCall(_ call: sending Call, context: Context) throws -> Next { .notHere }
  @inlinable public mutating func handleCast(_ cast: sending Cast, context: Context) throws -> Next { .notHere }
  @inlinable public mutating func handleInfo(_ info: sending Info, context: Context) throws -> Next { .notHere }
  @inlinable public mutating func handleContinue(_ step: sending Continue, context: Context) throws -> Next {
    .notHere
  }

  /// Logs the message as an error and drops it, as the default `handle_info/2` of Elixir does.
  public mutating func handleUnexpected(_ message: any Sendable, context: Context) throws -> Next {
    context.process.logUnexpected(message)
    return .noReply
  }

  /// Does nothing.
  public mutating func terminate(_ reason: ExitReason, context: Context) async throws {
    // A server that gets here has no `terminate` of its own: its next processes end without a task for it.
    context.process.kind.learnedDefaultTerminate()
  }

  /// Shows everything.
  public static func formatStatus(_ status: inout ServerStatus) {}
}

extension GenServer where Call == Never {
  public mutating func handleCall(_ call: Call, context: Context) async throws -> Next {}
}
extension GenServer where Cast == Never {
  public mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {}
}
extension GenServer where Info == Never {
  public mutating func handleInfo(_ info: Info, context: Context) async throws -> Next {}
}
extension GenServer where Continue == Never {
  public mutating func handleContinue(_ step: Continue, context: Context) async throws -> Next {}
}
