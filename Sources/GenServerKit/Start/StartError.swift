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
/// When a start throws, the name is free, and nothing of the new process is left: it has ended. Only an `initialize` that
/// was cut off by a timeout or by cancellation, and does not return when it is cancelled, goes on alone until it does.
@nonexhaustive public enum StartError: Error, Sendable {
  /// `initialize` returned `.ignore`.
  case ignored

  /// The name is held by this process.
  case alreadyStarted(PID)

  /// `initialize` took longer than the start's timeout and was cancelled. What it holds is free when it returns.
  case timeout

  /// `initialize` threw, or returned `.stop` or `.error`, or the process was told to exit meanwhile. The text shows the
  /// reason as the server's status formatter does.
  case failed(ExitReason, StartDetails = .unknown)

  /// The text says which option, and what to write instead.
  case invalidOption(String)

  /// The task that started the process was cancelled.
  case cancelled

  /// A name on another node: a process is started on its own node only.
  case notOnThisNode(NodeName)

  /// A registry refused this name, and knows nobody who holds it.
  case nameRefused(String)

  /// A linked start outside any process: there is nobody to link to. Use `start`, or start from a handler.
  case notInsideAProcess
}

/// Which server did not start, for people to read.
public struct StartDetails: Sendable {
  private let serverType: (any GenServer.Type)?

  /// No details: for comparing and matching errors.
  public static var unknown: Self { Self(nil) }

  init(_ type: (any GenServer.Type)?) { serverType = type }

  /// The server's type; empty if it is not known.
  public var server: String { serverType.map { "\($0)" } ?? "" }

  func text(of reason: ExitReason) -> String { ShownStatus.text(of: reason, by: serverType) }
}

extension StartError: Equatable {
  /// Compares what went wrong and leaves the details out.
  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.ignored, .ignored), (.timeout, .timeout), (.cancelled, .cancelled), (.notInsideAProcess, .notInsideAProcess):
      true
    case (.alreadyStarted(let a), .alreadyStarted(let b)): a == b
    case (.failed(let a, _), .failed(let b, _)): a == b
    case (.invalidOption(let a), .invalidOption(let b)): a == b
    case (.notOnThisNode(let a), .notOnThisNode(let b)): a == b
    case (.nameRefused(let a), .nameRefused(let b)): a == b
    default: false
    }
  }
}

extension StartError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ignored: "the server's initialize returned ignore"
    case .alreadyStarted(let pid): "already started: \(pid.core.title) holds the name"
    case .timeout: "initialize took longer than the start's timeout, and was cancelled"
    case .failed(let reason, let details): "initialize failed: \(details.text(of: reason))"
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
  /// Why a process that starts did not get its name.
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

/// What became of a start, on its way to the starter.
@usableFromInline enum StartFailure: Sendable {
  case ignored
  case failed(ExitReason, StartDetails = .unknown)

  @usableFromInline var error: StartError {
    switch self {
    case .ignored: .ignored
    case .failed(let reason, let details): .failed(reason, details)
    }
  }
}
