/// The reason why a process ended. A handler can throw one; any other error that it throws becomes a `failure`.
///
/// ```swift
/// switch await worker.waitForExit() {
/// case .normal, .shutdown, .shutdownBecause: break
/// case .failure(let error): report(error)
/// default: break
/// }
/// ```
///
/// `normal`, `shutdown` and `shutdownBecause` are orderly ends, which are not logged; any other reason is a crash.
@nonexhaustive public enum ExitReason: Error, Sendable {
  /// The process had done its work. A link does not pass it on.
  case normal

  /// The process was told to end, usually by its supervisor.
  case shutdown

  /// An orderly end that says why, like OTP's `{shutdown, Term}`.
  indirect case shutdownBecause(any Sendable & Hashable)

  /// The process was killed, which it could not prevent.
  case killed

  /// There is no such process, or it had ended already when it was watched or waited for.
  case noProcess

  /// The node on which the process runs cannot be reached.
  case noConnection

  /// The process threw this error, or ended with a reason of the user's own.
  case failure(any Error)
}

extension ExitReason {
  /// Makes a reason from an error that leaves a handler.
  @usableFromInline init(thrown error: any Error) {
    self = error as? ExitReason ?? .failure(error)
  }

  /// Whether this is the kill, which no process can trap.
  var isKill: Bool { if case .killed = self { true } else { false } }

  /// Whether the end was orderly, so that the log need not report it.
  @usableFromInline package var isClean: Bool {
    switch self {
    case .normal, .shutdown, .shutdownBecause: true
    case .killed, .noProcess, .noConnection, .failure: false
    }
  }
}

extension ExitReason: Equatable {
  /// Compares the errors of two failures with `==` where their type is `Equatable`, objects of other classes by identity,
  /// and what is left by type and description.
  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.normal, .normal), (.shutdown, .shutdown), (.killed, .killed), (.noProcess, .noProcess),
      (.noConnection, .noConnection):
      true
    case (.shutdownBecause(let a), .shutdownBecause(let b)): AnyHashable(a) == AnyHashable(b)
    case (.failure(let a), .failure(let b)): areEqual(a, b)
    default: false
    }
  }

  private static func areEqual(_ a: any Error, _ b: any Error) -> Bool {
    guard type(of: a) == type(of: b) else { return false }
    if let a = a as? any Equatable { return isEqual(a, to: b) }
    if type(of: a) is AnyObject.Type { return a as AnyObject === b as AnyObject }
    return "\(a)" == "\(b)"
  }

  private static func isEqual<Value: Equatable>(_ a: Value, to b: any Error) -> Bool {
    (b as? Value) == a
  }
}

extension ExitReason: CustomStringConvertible {
  /// What happened, with a text of the error that ends where ``ReportLimits`` says.
  public var description: String {
    switch self {
    case .normal: "normal"
    case .shutdown: "shutdown"
    case .shutdownBecause(let why): "shutdown: \(Self.text(of: why))"
    case .killed: "killed"
    case .noProcess:
      "no process: it has ended, or no process holds the name, possibly because nobody has started it yet"
    case .noConnection: "no connection to the node"
    case .failure(let error): "an error was thrown: \(Self.text(of: error))"
    }
  }

  private static func text(of value: Any) -> String {
    ValueText.describing(value, limit: Runtime.current.reportLimits.state)
  }
}
