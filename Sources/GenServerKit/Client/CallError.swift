/// Why a call got no answer; each case ends with who called whom with what.
///
/// ```swift
/// do throws(CallError) {
///   return try await stack.size()
/// } catch {
///   switch error {
///   case .timeout: return cachedSize
///   case .noProcess, .exit: return 0
///   default: throw error
///   }
/// }
/// ```
///
/// In code that may throw other errors too, `catch CallError.timeout` works. `==` leaves the details out. To look at a
/// payload match it in the pattern or `switch`: in Swift 6.3 a typed `catch` with `where` can crash the compiler.
@nonexhaustive public enum CallError: Error, Sendable {
  /// The answer did not come in time. The request may still be handled, unless it has not been begun: then it is skipped.
  case timeout(CallDetails = .unknown)

  /// The process has ended before the call, or nobody holds the name.
  case noProcess(CallDetails = .unknown)

  /// The server ended, for this reason, before it answered.
  case exit(ExitReason, CallDetails = .unknown)

  /// A server called itself from a handler, and would have waited for ever.
  case callingSelf(CallDetails = .unknown)

  /// The call would have closed this circle of waiting processes. The first one is the caller.
  case deadlock([PID], CallDetails = .unknown)

  /// A full mailbox refused or dropped the request.
  case overloaded(CallDetails = .unknown)

  /// The last copy of the reply handle was dropped without an answer.
  case replyDropped(CallDetails = .unknown)

  /// The task that waited was cancelled, or the request was given up.
  case cancelled(CallDetails = .unknown)

  /// The name is held by a server of another type.
  case wrongServer(expected: String, found: String, CallDetails = .unknown)

  /// The node that the name is on cannot be reached.
  case noConnection(CallDetails = .unknown)
}

extension CallError {
  /// Who called whom with what, as far as it is known.
  public var details: CallDetails {
    switch self {
    case .timeout(let details), .noProcess(let details), .exit(_, let details), .callingSelf(let details),
      .deadlock(_, let details), .overloaded(let details), .replyDropped(let details), .cancelled(let details),
      .wrongServer(_, _, let details), .noConnection(let details):
      details
    }
  }

  /// The server's reason if the call failed because the server ended.
  public var exitReason: ExitReason? {
    switch self {
    case .exit(let reason, _): reason
    case .noProcess: .noProcess
    case .noConnection: .noConnection
    default: nil
    }
  }

  package func with(_ details: CallDetails) -> Self {
    switch self {
    case .timeout: .timeout(details)
    case .noProcess: .noProcess(details)
    case .exit(let reason, _): .exit(reason, details)
    case .callingSelf: .callingSelf(details)
    case .deadlock(let circle, _): .deadlock(circle, details)
    case .overloaded: .overloaded(details)
    case .replyDropped: .replyDropped(details)
    case .cancelled: .cancelled(details)
    case .wrongServer(let expected, let found, _): .wrongServer(expected: expected, found: found, details)
    case .noConnection: .noConnection(details)
    }
  }
}

extension CallError: Equatable {
  /// Compares what went wrong and leaves the details out.
  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.timeout, .timeout), (.noProcess, .noProcess), (.callingSelf, .callingSelf), (.overloaded, .overloaded),
      (.replyDropped, .replyDropped), (.cancelled, .cancelled), (.noConnection, .noConnection):
      true
    case (.exit(let a, _), .exit(let b, _)): a == b
    case (.deadlock(let a, _), .deadlock(let b, _)): a == b
    case (.wrongServer(let expected, let found, _), .wrongServer(let otherExpected, let otherFound, _)):
      expected == otherExpected && found == otherFound
    default: false
    }
  }
}

extension CallError: CustomStringConvertible {
  /// Who called whom with what, from where, why it failed, and what the likely cause is.
  public var description: String {
    let cause = "** (EXIT) \(reasonText)"
    guard let call = details.callText else { return cause }
    return "exited in: \(call)\n    \(cause)"
  }

  private var reasonText: String {
    switch self {
    case .timeout:
      """
      timeout: no answer came in time. The server may be busy, wait for somebody itself, or have kept the reply \
      handle; a longer timeout, or an answer through the handle from elsewhere, may be what it needs
      """
    case .noProcess:
      """
      no process: the process is not alive, or no process holds the name, possibly because nobody has started it yet
      """
    case .exit(let reason, let details): details.text(of: reason)
    case .callingSelf:
      """
      calling itself: the server would wait for an answer that only it can give. Call a function of the server \
      directly, or cast
      """
    case .deadlock(let circle, _):
      """
      deadlock: the call would close a circle of processes that wait for each other: \(Self.text(of: circle)). One \
      of them has to cast, or to answer later through its reply handle
      """
    case .overloaded: "overloaded: the mailbox is full, and its policy refused the request or let go of it"
    case .replyDropped:
      """
      no reply: the last copy of the reply handle was dropped without an answer. Every path of handleCall has to \
      answer, or keep the handle
      """
    case .cancelled: "cancelled: the task that called was cancelled, or the request was given up"
    case .wrongServer(let expected, let found, _):
      "wrong server: the name is held by a \(found), and the call is for a \(expected)"
    case .noConnection: "no connection: the node that the name is on cannot be reached"
    }
  }

  static func text(of circle: [PID]) -> String {
    guard let first = circle.first else { return "" }
    return (circle + [first]).map { $0.core.title }.joined(separator: " → ")
  }
}
