extension ProcessSnapshot {
  /// What a process was doing.
  @nonexhaustive public enum Status: Hashable, Sendable {
    /// It has nothing to do until a message comes.
    case waiting

    /// It handles a message, or has some to handle and will be run soon.
    case running

    /// Its async handler, or the body of a process without a server, has suspended: it waits for something else than a
    /// message, or goes on after that. Which of the two cannot be seen from outside.
    case awaiting

    /// `Sys.suspend` lets its messages wait.
    case suspended

    /// It has been told to exit, or is ending, and its handler has not returned.
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

    /// Since when it has been at it, as far as that is known: since it first suspended, or since it began. Nil while it
    /// has not suspended.
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
