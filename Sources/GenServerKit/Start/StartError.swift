/// Why a process did not start.
///
/// ```swift
/// do throws(StartError) {
///   return try await Cache.start(configuration, name: .main)
/// } catch {
///   switch error {
///   case .alreadyStarted(let pid): print("\(pid) is the cache already")
///   default: print(error)
///   }
/// }
/// ```
///
/// When a start throws, the name is free and the new process has ended. The one exception is an `initialize` that a
/// timeout or cancellation cut off and that does not return when it is cancelled: it goes on alone until it returns.
@nonexhaustive public enum StartError: Error, Equatable, Sendable {
  /// `initialize` returned `.ignore`.
  case ignored

  /// This process holds the name.
  case alreadyStarted(PID)

  /// `initialize` took longer than the start's timeout and was cancelled. What it holds becomes free when it returns.
  case timeout

  /// `initialize` threw, or returned `.stop` or `.error`, or the process was told to exit meanwhile; or nothing can be
  /// started, for reason `shutdown` in a runtime that is shut down, or with a `ThreadShortage` where the system gives no
  /// threads. The reason is as the server's `formatStatus` shows it; `failure` with a ``HiddenReason`` if that takes the
  /// reason away.
  case failed(ExitReason)

  /// An option has a value that makes no sense. The text says which option, and what to write instead.
  case invalidOption(String)

  /// The task that started the process was cancelled.
  case cancelled

  /// The name is on another node; a process can only be started on its own node.
  case notOnThisNode(NodeName)

  /// A registry refused this name, although no process holds it.
  case nameRefused(String)

  /// A linked or watched start was made outside any process, so there is nothing to link or report to. Use `start`, or
  /// start from a handler.
  case notInsideAProcess
}

/// Stands for an exit reason that a server's `formatStatus` keeps from those who start it.
public struct HiddenReason: Error, Hashable, Sendable {
  /// The server's type.
  public let server: String
}

extension HiddenReason: CustomStringConvertible {
  public var description: String { "(hidden by formatStatus of \(server))" }
}

extension StartError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ignored: "the server's initialize returned ignore"
    case .alreadyStarted(let pid): "already started: \(pid.core.title) holds the name"
    case .timeout: "initialize took longer than the start's timeout, and was cancelled"
    case .failed(let reason): "initialize failed: \(reason)"
    case .invalidOption(let text): "invalid option: \(text)"
    case .cancelled: "the task that started the process was cancelled"
    case .notInsideAProcess:
      "a linked start needs a process to link to, and was called outside any: use start, or start it from a handler"
    case .nameRefused(let name): "the registry refused the name \(name), which no process holds"
    case .notOnThisNode(let node): "a process cannot be started under a name on another node, \(node)"
    }
  }
}

extension StartError {
  /// Makes the start's error from the reason why the process did not get its name.
  init(_ error: NameError, for name: NamedAddress) {
    self =
      switch error {
      case .taken(let holder): .alreadyStarted(holder)
      case .notOnThisNode(let node): .notOnThisNode(node)
      case .noProcess: .failed(.noProcess)
      case .refused, .alreadyNamed, .emptyName, .notRegistered: .nameRefused(name.description)
      }
  }
}

/// The failure of a start, on its way to the starter.
@usableFromInline enum StartFailure: Sendable {
  case ignored
  case failed(ExitReason)

  @usableFromInline var error: StartError {
    switch self {
    case .ignored: .ignored
    case .failed(let reason): .failed(reason)
    }
  }
}
