import GenServerKit

/// Keeps callers away from a service that keeps failing, and tries again after a while; the state is an enum.
public enum CircuitBreaker: GenServer {
  case closed(Settings, failures: Int)
  case open(Settings, until: ContinuousClock.Instant)
  case halfOpen(Settings, probe: Int, until: ContinuousClock.Instant)

  public struct Settings: Sendable {
    public var maxFailures: Int
    public var resetAfter: Duration

    public init(maxFailures: Int, resetAfter: Duration) {
      self.maxFailures = maxFailures
      self.resetAfter = resetAfter
    }
  }

  public enum State: Equatable, Sendable { case closed, open, halfOpen }

  public enum Failure: Error, Equatable { case open(retryAfter: Duration) }

  /// Says in which state of the breaker the work was begun.
  public enum Permit: Equatable, Sendable {
    case regular
    case probe(Int)
  }

  public enum Call: Sendable {
    case admit(ReplyTo<Result<Permit, Failure>>)
    case state(ReplyTo<State>)
  }

  public enum Cast: Sendable { case finished(Permit, succeeded: Bool) }

  public static func initialize(_ settings: Settings, context: Context) -> Initial {
    .ok(.closed(settings, failures: 0))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .admit(let client):
      switch self {
      case .closed:
        return .reply(.regular, to: client)
      case .open(let settings, let until) where until <= context.now:
        return probe(settings, number: 1, client, context)
      case .halfOpen(let settings, let last, let until) where until <= context.now:
        // The last probe was never heard of again.
        return probe(settings, number: last + 1, client, context)
      case .open(_, let until), .halfOpen(_, _, let until):
        return .fail(.open(retryAfter: until - context.now), to: client)
      }
    case .state(let client):
      switch self {
      case .closed: return .reply(.closed, to: client)
      case .open: return .reply(.open, to: client)
      case .halfOpen: return .reply(.halfOpen, to: client)
      }
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    guard case .finished(let permit, let succeeded) = cast else { return .noReply }
    switch (self, permit) {
    case (.closed(let settings, let failures), .regular):
      if succeeded {
        self = .closed(settings, failures: 0)
      } else if failures + 1 < settings.maxFailures {
        self = .closed(settings, failures: failures + 1)
      } else {
        self = .open(settings, until: context.now + settings.resetAfter)
      }
    case (.halfOpen(let settings, let current, _), .probe(let number)) where current == number:
      self = succeeded ? .closed(settings, failures: 0) : .open(settings, until: context.now + settings.resetAfter)
    default:
      // Begun in an earlier state, so it says nothing about this one.
      break
    }
    return .noReply
  }

  private mutating func probe(
    _ settings: Settings, number: Int, _ client: ReplyTo<Result<Permit, Failure>>, _ context: Context
  ) -> Next {
    self = .halfOpen(settings, probe: number, until: context.now + settings.resetAfter)
    return .reply(.probe(number), to: client)
  }
}

extension ServerRef where Server == CircuitBreaker {
  /// Runs `work`, or throws `CircuitBreaker.Failure.open` at once.
  public func run<Value>(_ work: () async throws -> Value) async throws -> Value {
    let permit = try await call { .admit($0) }.get()
    do {
      let value = try await work()
      cast(.finished(permit, succeeded: true))
      return value
    } catch {
      cast(.finished(permit, succeeded: false))
      throw error
    }
  }

  public func state() async throws(CallError) -> CircuitBreaker.State {
    try await call { .state($0) }
  }
}
