/// What `initialize` returns.
///
/// ```swift
/// guard FileManager.default.fileExists(atPath: path) else { return .stop(.failure(MissingFile(path))) }
/// return .ok(Self(path: path), then: .continue(.load))
/// ```
public struct InitialStep<Server: GenServer> {
  @usableFromInline enum Choice {
    case ok(Server, ServerAction<Server>?)
    case ignore
    case error(ExitReason)
    case stop(ExitReason)
    case notHere
  }

  @usableFromInline let choice: Choice

  @inlinable init(_ choice: consuming Choice) { self.choice = choice }

  /// The process runs, and the start returns.
  @inlinable public static func ok(_ state: Server, then action: ServerAction<Server>? = nil) -> Self {
    Self(.ok(state, action))
  }

  /// Ends with reason normal, and the start throws `ignored`; a supervisor keeps the child's specification and goes on.
  public static var ignore: Self { Self(.ignore) }

  /// Fails the start with `reason`, without a crash report: the process ends as normal.
  public static func error(_ reason: ExitReason) -> Self { Self(.error(reason)) }

  /// Fails the start with `reason`, and exits with it.
  public static func stop(_ reason: ExitReason) -> Self { Self(.stop(reason)) }

  @inlinable static var notHere: Self { Self(.notHere) }
}
