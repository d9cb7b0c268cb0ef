import GenServerKit

/// A token bucket: `capacity` tokens at once, and a new one every `interval`.
public struct RateLimiter: GenServer {
  public struct Settings: Sendable {
    public var capacity: Int
    public var interval: Duration

    public init(capacity: Int, interval: Duration) {
      self.capacity = capacity
      self.interval = interval
    }
  }

  public enum Failure: Error, Equatable {
    case limited(retryAfter: Duration)
    case impossible(capacity: Int)
  }

  public enum Call: Sendable {
    case take(Int, ReplyTo<Result<Void, Failure>>)
    case wait(Int, ReplyTo<Result<Void, Failure>>)
  }

  public enum Info: Sendable { case refilled }

  private struct Waiter {
    var count: Int
    var client: ReplyTo<Result<Void, Failure>>
  }

  private let settings: Settings
  private var tokens: Int
  private var lastRefill: ContinuousClock.Instant
  private var waiting: [Waiter] = []
  private var wakeUp: TimerReference?

  private init(settings: Settings, now: ContinuousClock.Instant) {
    self.settings = settings
    tokens = settings.capacity
    lastRefill = now
  }

  public static func initialize(_ settings: Settings, context: Context) -> Initial {
    .ok(RateLimiter(settings: settings, now: context.now))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    refill(now: context.now)
    serveWaiting(context)
    switch call {
    case .take(let count, let client):
      guard count > 0, count <= settings.capacity else {
        return .fail(.impossible(capacity: settings.capacity), to: client)
      }
      // Whoever waits comes first, else a stream of small requests would starve a big one.
      let queued = waiting.reduce(0) { $0 + $1.count }
      guard queued + count <= tokens else {
        return .fail(.limited(retryAfter: timeUntil(queued + count, now: context.now)), to: client)
      }
      tokens -= count
      return .reply(to: client)
    case .wait(let count, let client):
      guard count > 0, count <= settings.capacity else {
        return .fail(.impossible(capacity: settings.capacity), to: client)
      }
      waiting.append(Waiter(count: count, client: client))
      serveWaiting(context)
      return .noReply
    }
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .refilled:
      refill(now: context.now)
      serveWaiting(context)
    }
    return .noReply
  }

  private mutating func refill(now: ContinuousClock.Instant) {
    let new = Int((now - lastRefill) / settings.interval)
    guard new > 0 else { return }
    lastRefill += settings.interval * new
    tokens = min(settings.capacity, tokens + new)
  }

  private mutating func serveWaiting(_ context: Context) {
    while let first = waiting.first, first.count <= tokens || !first.client.isWaiting {
      // Only an answer that somebody took costs tokens.
      if first.client.reply(.success(())) { tokens -= first.count }
      waiting.removeFirst()
    }
    wakeUp?.cancel()
    wakeUp = waiting.first.map { context.send(.refilled, after: timeUntil($0.count, now: context.now)) }
  }

  private func timeUntil(_ count: Int, now: ContinuousClock.Instant) -> Duration {
    settings.interval * max(0, count - tokens) - (now - lastRefill)
  }
}

extension ServerRef where Server == RateLimiter {
  /// Takes tokens, or says how long until there are enough.
  public func take(_ count: Int = 1) async throws {
    try await call { .take(count, $0) }.get()
  }

  /// Takes tokens as soon as there are enough; whoever asked first gets them first.
  public func wait(for count: Int = 1, timeout: Timeout = .infinity) async throws {
    try await call(timeout: timeout) { .wait(count, $0) }.get()
  }
}
