extension ProcessSnapshot {
  /// What a process was doing.
  @nonexhaustive public enum Status: Hashable, Sendable {
    /// The process has nothing to do until a message comes.
    case waiting

    /// The process handles a message, or has messages to handle and will run soon.
    case running

    /// The async handler, or the body of a process without a server, has suspended. It may still be waiting for
    /// something other than a message, or be running again: this cannot be told from outside.
    case awaiting

    /// The server has been suspended by `Sys.suspend`, and its messages wait.
    case suspended

    /// The process has been told to exit, or is ending, and its handler has not returned.
    case exiting
  }

  /// One run of an async handler.
  public struct Handling: Hashable, Sendable {
    /// The handlers of a server.
    @nonexhaustive public enum Handler: Hashable, Sendable {
      case initialize, call, cast, info, `continue`, terminate
    }

    /// Which handler it is.
    public let handler: Handler

    /// Since when the handler has been running, as far as that is known: since it first suspended, or since it began.
    /// Nil while it has not suspended.
    public let since: ContinuousClock.Instant?

    init?(_ work: ActivationWork.Shown) {
      switch work.handler {
      case .unknown: return nil
      case .initialize: handler = .initialize
      case .call: handler = .call
      case .cast: handler = .cast
      case .info: handler = .info
      case .step: handler = .continue
      case .terminate: handler = .terminate
      }
      since = work.since.map { ContinuousClock.Instant(nanoseconds: $0) }
    }
  }
}

extension ProcessCore {
  final func status(waits: Bool, awaits: Bool, isSuspendedBySystem: Bool) -> ProcessSnapshot.Status {
    if isDoomed { return .exiting }
    if isSuspendedBySystem { return .suspended }
    if waits { return .waiting }
    return awaits ? .awaiting : .running
  }
}
