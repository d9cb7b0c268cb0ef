import GenServerKit

/// A cache that forgets what is older than `timeToLive`, and what was not used for longest when it is full.
public struct Cache<Key: Hashable & Sendable, Value: Sendable>: GenServer {
  public struct Settings: Sendable {
    public var capacity: Int
    public var timeToLive: Duration

    public init(capacity: Int, timeToLive: Duration) {
      self.capacity = capacity
      self.timeToLive = timeToLive
    }
  }

  public struct Statistics: Equatable, Sendable {
    public var hits = 0
    public var misses = 0
    public var evictions = 0
  }

  public struct InvalidSettings: Error {}

  public enum Call: Sendable {
    case value(Key, ReplyTo<Value?>)
    case count(ReplyTo<Int>)
    case statistics(ReplyTo<Statistics>)
  }

  public enum Cast: Sendable {
    case insert(Key, Value)
    case remove(Key)
  }

  public enum Info: Sendable { case sweep }

  private struct Entry {
    var value: Value
    var expiry: ContinuousClock.Instant
    var older: Key?
    var newer: Key?
  }

  private let settings: Settings
  private var entries: [Key: Entry] = [:]
  private var oldest: Key?
  private var newest: Key?
  private var statistics = Statistics()

  public static func initialize(_ settings: Settings, context: Context) throws -> Initial {
    guard settings.capacity > 0, settings.timeToLive > .zero else { throw InvalidSettings() }
    // A read checks the age itself; the sweep only gives back the memory of what nobody reads.
    context.send(.sweep, every: settings.timeToLive)
    return .ok(Cache(settings: settings))
  }

  private init(settings: Settings) {
    self.settings = settings
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .value(let key, let client): .reply(value(for: key, now: context.now), to: client)
    case .count(let client): .reply(entries.count, to: client)
    case .statistics(let client): .reply(statistics, to: client)
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .insert(let key, let value):
      remove(key)
      if entries.count == settings.capacity, let oldest {
        remove(oldest)
        statistics.evictions += 1
      }
      append(key, Entry(value: value, expiry: context.now + settings.timeToLive))
    case .remove(let key): remove(key)
    }
    return .noReply
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .sweep:
      let now = context.now
      for (key, entry) in entries where entry.expiry <= now { remove(key) }
    }
    return .noReply
  }

  private mutating func value(for key: Key, now: ContinuousClock.Instant) -> Value? {
    guard let entry = remove(key), entry.expiry > now else {
      statistics.misses += 1
      return nil
    }
    statistics.hits += 1
    append(key, entry)
    return entry.value
  }

  private mutating func append(_ key: Key, _ entry: Entry) {
    var entry = entry
    entry.older = newest
    entry.newer = nil
    entries[key] = entry
    if let newest { entries[newest]?.newer = key }
    newest = key
    if oldest == nil { oldest = key }
  }

  @discardableResult
  private mutating func remove(_ key: Key) -> Entry? {
    guard let entry = entries.removeValue(forKey: key) else { return nil }
    if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
    if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
    return entry
  }
}

extension ServerRef {
  public func value<Key, Value>(for key: Key) async throws(CallError) -> Value? where Server == Cache<Key, Value> {
    try await call { .value(key, $0) }
  }

  public func insert<Key, Value>(_ value: Value, for key: Key) where Server == Cache<Key, Value> {
    cast(.insert(key, value))
  }

  public func remove<Key, Value>(_ key: Key) where Server == Cache<Key, Value> {
    cast(.remove(key))
  }

  public func count<Key, Value>() async throws(CallError) -> Int where Server == Cache<Key, Value> {
    try await call { .count($0) }
  }

  public func statistics<Key, Value>() async throws(CallError) -> Cache<Key, Value>.Statistics
  where Server == Cache<Key, Value> {
    try await call { .statistics($0) }
  }
}
