import GenServerKit

/// Forgets what nobody has read for a while, and what was read the longest ago when it is full.
struct ConfigurableCache: GenServer {
  struct Configuration: Sendable {
    var maxSize = 100
    var timeToLive = Duration.seconds(3600)
  }
  struct Statistics: Equatable, Sendable {
    let size, maxSize: Int
    let timeToLive: Duration
  }
  enum Failure: Error { case notFound, expired, noRoomForAnything }
  enum Call: Sendable {
    case get(String, ReplyTo<Result<Int, Failure>>)
    case statistics(ReplyTo<Statistics>)
  }
  enum Cast: Sendable { case put(String, Int) }

  let configuration: Configuration
  var entries: [String: (value: Int, used: ContinuousClock.Instant)] = [:]

  static func initialize(_ configuration: Configuration, context: Context) -> Initial {
    // With no room at all the first `put` would have nothing to evict.
    guard configuration.maxSize > 0 else { return .error(.failure(Failure.noRoomForAnything)) }
    return .ok(Self(configuration: configuration))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .get(let key, let client):
      guard let entry = entries[key] else { return .fail(.notFound, to: client) }
      guard context.now - entry.used <= configuration.timeToLive else {
        entries[key] = nil
        return .fail(.expired, to: client)
      }
      entries[key]?.used = context.now
      return .reply(entry.value, to: client)
    case .statistics(let client):
      let (maxSize, timeToLive) = (configuration.maxSize, configuration.timeToLive)
      return .reply(Statistics(size: entries.count, maxSize: maxSize, timeToLive: timeToLive), to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .put(let key, let value):
      // A new value for a key that is there needs no room.
      if entries[key] == nil, entries.count >= configuration.maxSize { evictOldest() }
      entries[key] = (value, context.now)
    }
    return .noReply
  }

  private mutating func evictOldest() {
    let oldest = entries.min { $0.value.used < $1.value.used }
    if let oldest { entries[oldest.key] = nil }
  }
}

extension ServerRef where Server == ConfigurableCache {
  func get(_ key: String) async throws(CallError) -> Result<Int, ConfigurableCache.Failure> {
    try await call { .get(key, $0) }
  }
  func statistics() async throws(CallError) -> ConfigurableCache.Statistics { try await call { .statistics($0) } }
  @discardableResult func put(_ key: String, _ value: Int) -> Delivery { cast(.put(key, value)) }
}
