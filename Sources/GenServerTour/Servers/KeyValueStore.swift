import GenServerKit

struct KeyValueStore: GenServer {
  enum Failure: Error { case notFound }
  enum Call: Sendable {
    case get(String, ReplyTo<Result<StoredValue, Failure>>)
    case delete(String, ReplyTo<Result<StoredValue, Failure>>)
    case keys(ReplyTo<Set<String>>)
  }
  enum Cast: Sendable {
    case put(String, StoredValue)
    case clear
  }

  var values: [String: StoredValue] = [:]

  static func initialize(_: Void, context: Context) -> Initial { .ok(KeyValueStore()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .get(let key, let client):
      guard let value = values[key] else { return .fail(.notFound, to: client) }
      return .reply(value, to: client)
    case .delete(let key, let client):
      guard let value = values.removeValue(forKey: key) else { return .fail(.notFound, to: client) }
      return .reply(value, to: client)
    case .keys(let client):
      // A set: a dictionary promises no order.
      return .reply(Set(values.keys), to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .put(let key, let value): values[key] = value
    case .clear: values = [:]
    }
    return .noReply
  }
}

extension ServerRef where Server == KeyValueStore {
  func get(_ key: String) async throws(CallError) -> Result<StoredValue, KeyValueStore.Failure> {
    try await call { .get(key, $0) }
  }
  func delete(_ key: String) async throws(CallError) -> Result<StoredValue, KeyValueStore.Failure> {
    try await call { .delete(key, $0) }
  }
  func keys() async throws(CallError) -> Set<String> { try await call { .keys($0) } }
  @discardableResult func put(_ key: String, _ value: StoredValue) -> Delivery { cast(.put(key, value)) }
  @discardableResult func clear() -> Delivery { cast(.clear) }
}
