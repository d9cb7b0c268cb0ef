public import Logging

/// The things that a handler can do as a process; a context is good for one run of a handler, and cannot leave it.
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
  // The process is retained, so that a context that leaves its handler all the same leads to a process that has ended,
  // and not to freed memory: the compiler lets it leave in a client with an older language mode. In a handler's
  // argument this costs no retain.
  @usableFromInline let process: ServerProcess<Server>

  @inlinable init(_ process: ServerProcess<Server>) { self.process = process }

  /// The server's own pid.
  public var pid: PID { PID(process) }

  /// The server's own reference, to hand to others. Calling it from a handler fails with `callingSelf`.
  public var me: ServerRef<Server> { ServerRef(process) }

  /// The runtime's logger, with the pid, the type and the name of the server as metadata.
  public var logger: Logger { process.ownLogger }

  /// The present instant on the runtime's clock, which a test can move.
  public var now: ContinuousClock.Instant { ContinuousClock.Instant(nanoseconds: process.runtime.now()) }

  /// The time of day, on the runtime's clock.
  public var wallTime: Timestamp { process.runtime.timeSource.wallTime() }

  /// Whether an exit signal waits for this handler to return. A plain handler that works long should check it; an async
  /// one is also cancelled.
  public var isExiting: Bool { process.isExiting }

  /// When the caller of the call being handled stops waiting; nil if it never does, and outside a call.
  public var deadline: ContinuousClock.Instant? {
    process.currentDeadline.flatMap { $0 == .max ? nil : ContinuousClock.Instant(nanoseconds: $0) }
  }
}

@available(*, unavailable) extension ServerContext: Sendable {}
