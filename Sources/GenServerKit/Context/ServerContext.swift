public import Logging

/// What a server's handler can do as a process; it is good for that handler only, and cannot leave it.
///
/// ```swift
/// mutating func handleCast(_ cast: Cast, context: Context) -> Next {
///   context.send(.retry, after: .seconds(1))
///   context.logger.debug("will try again")
///   return .noReply
/// }
/// ```
///
/// Nothing in it waits, so plain handlers can use all of it.
public struct ServerContext<Server: GenServer> {
  // Retained, so that one that leaves its handler all the same leads to a process that has ended, and not to nothing: the
  // compiler of a client in an older language mode lets it pass. In a handler's argument it costs no count.
  @usableFromInline let process: ServerProcess<Server>

  @inlinable init(_ process: ServerProcess<Server>) { self.process = process }

  /// The server's own pid.
  public var pid: PID { PID(process) }

  /// The server itself, to hand to others. Calling it from a handler is refused with `callingSelf`.
  public var me: ServerRef<Server> { ServerRef(process) }

  /// The runtime's logger, with the pid, the type and the name of the server as metadata.
  public var logger: Logger { process.ownLogger }

  /// Now, on the runtime's clock, which a test can move.
  public var now: ContinuousClock.Instant { ContinuousClock.Instant(nanoseconds: process.runtime.now()) }

  /// The time of day, on the runtime's clock.
  public var wallTime: Timestamp { process.runtime.timeSource.wallTime() }

  /// Whether an exit signal waits for this handler to return. A plain handler that works long should look at it; an
  /// async one is cancelled as well.
  public var isExiting: Bool { process.isExiting }

  /// When the caller of the call being handled stops waiting; nil if it never does, and outside a call.
  public var deadline: ContinuousClock.Instant? {
    process.currentDeadline.flatMap { $0 == .max ? nil : ContinuousClock.Instant(nanoseconds: $0) }
  }
}

@available(*, unavailable) extension ServerContext: Sendable {}
