/// The outcome of `initialize`: whether the process runs, and with which state.
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

  /// Ends the process with reason `normal`; the start throws `ignored`, and a supervisor keeps the child's
  /// specification and goes on.
  public static var ignore: Self { Self(.ignore) }

  /// Fails the start with `reason`; the process itself ends with reason `normal`, without a crash report.
  public static func error(_ reason: ExitReason) -> Self { Self(.error(reason)) }

  /// Fails the start with `reason`; the process ends with that reason too.
  public static func stop(_ reason: ExitReason) -> Self { Self(.stop(reason)) }

  @inlinable static var notHere: Self { Self(.notHere) }
}
