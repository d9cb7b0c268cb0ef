/// A process that handles one message at a time; the conforming type is its state.
///
/// ```swift
/// struct Counter: GenServer {
///   enum Call: Sendable { case increment(ReplyTo<Int>) }
///
///   var count: Int
///
///   static func initialize(_ count: Int, context: Context) -> Initial {
///     .ok(Counter(count: count))
///   }
///
///   mutating func handleCall(_ call: Call, context: Context) -> Next {
///     switch call {
///     case .increment(let client):
///       count += 1
///       return .reply(count, to: client)
///     }
///   }
/// }
/// ```
///
/// Messages are handled in the order in which they arrived, one to its end before the next, even when a handler awaits.
/// Each handler may be plain or `async`. It may also throw, which is a crash: the server ends with the error as its
/// reason, and every caller that waits for it gets that reason. An expected failure is an answer, `ReplyTo<Result<…>>`.
///
/// A server that lacks a handler for one of its message types does not compile, unless that type is `Never`. Servers
/// are structs, enums and final classes; the state need not be `Sendable`, since nobody else sees it.
///
/// The protocol declares both forms of each handler; a server implements one. Write the parameters without `sending`.
public protocol GenServer: SendableMetatype {
  typealias Context = ServerContext<Self>
  typealias Next = NextStep<Self>
  typealias Initial = InitialStep<Self>

  /// The argument that a start hands to `initialize`; it need not be `Sendable`.
  associatedtype Argument = Void

  /// The requests, each a case that carries a `ReplyTo` for its answer.
  associatedtype Call: Sendable = Never

  /// The messages for whose handling no sender waits.
  associatedtype Cast: Sendable = Never

  /// All other messages: those of timers, and what `send` puts into the mailbox.
  associatedtype Info: Sendable = Never

  /// The steps that a handler can ask for, to be done before anything in the mailbox.
  associatedtype Continue = Never

  /// Makes the state, inside the new process, while the starter waits; `init/1` in OTP.
  static func initialize(_ argument: sending Argument, context: Context) throws -> Initial
  static func initialize(_ argument: Argument, context: Context) async throws -> Initial

  /// Handles a request; `handle_call/3` in OTP.
  mutating func handleCall(_ call: sending Call, context: Context) throws -> Next
  mutating func handleCall(_ call: Call, context: Context) async throws -> Next

  /// Handles a message for which no sender waits; `handle_cast/2` in OTP.
  mutating func handleCast(_ cast: sending Cast, context: Context) throws -> Next
  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next

  /// Handles any other message of the server's own; `handle_info/2` in OTP.
  mutating func handleInfo(_ info: sending Info, context: Context) throws -> Next
  mutating func handleInfo(_ info: Info, context: Context) async throws -> Next

  /// Does a step that a handler has asked for; `handle_continue/2` in OTP.
  mutating func handleContinue(_ step: sending Continue, context: Context) throws -> Next
  mutating func handleContinue(_ step: Continue, context: Context) async throws -> Next

  /// Gets each message that is not an `Info`; the default logs and drops it.
  mutating func handleUnexpected(_ message: any Sendable, context: Context) throws -> Next

  /// Cleans up when a handler has stopped or thrown, or a stop was requested, before the process ends; `terminate/2` in
  /// OTP.
  ///
  /// It does not run when `initialize` failed, and not on an exit signal or kill. What it throws becomes the reason; the
  /// first cause is reported besides. The state is as the last handler has left it: one that threw half-way has changed
  /// it half-way, other than in OTP.
  mutating func terminate(_ reason: ExitReason, context: Context) async throws

  /// Replaces what must not be seen in any text that shows something of the server; `format_status/1` in OTP.
  ///
  /// It is asked before each text is made, where that is read: in the process, by its callers, or by anybody else.
  static func formatStatus(_ status: inout ServerStatus)
}
