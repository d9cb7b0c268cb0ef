import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "A generic server and its client".

/// The latest value of each key, for those who ask and those who wait for a first one.
private struct Latest<Key: Hashable & Sendable, Value: Sendable>: GenServer {
  enum Call: Sendable {
    case value(Key, ReplyTo<Value?>)
    case first(Key, ReplyTo<Value>)
  }
  enum Cast: Sendable { case set(Key, Value) }

  var values: [Key: Value] = [:]
  var waiting: [Key: [ReplyTo<Value>]] = [:]

  static func initialize(_: Void, context: Context) -> Initial { .ok(Latest()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .value(let key, let client):
      return .reply(values[key], to: client)
    case .first(let key, let client):
      if let value = values[key] { return .reply(value, to: client) }
      waiting[key, default: []].append(client)
      return .noReply
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .set(let key, let value):
      values[key] = value
      for client in waiting.removeValue(forKey: key) ?? [] { client.reply(value) }
    }
    return .noReply
  }
}

extension ServerRef {
  fileprivate func value<Key, Value>(of key: Key) async throws(CallError) -> Value? where Server == Latest<Key, Value> {
    try await call { .value(key, $0) }
  }

  fileprivate func firstValue<Key, Value>(of key: Key) async throws(CallError) -> Value
  where Server == Latest<Key, Value> {
    try await call { .first(key, $0) }
  }

  fileprivate func set<Key, Value>(_ value: Value, for key: Key) where Server == Latest<Key, Value> {
    cast(.set(key, value))
  }
}

extension ProcessName<Latest<String, Int>> {
  fileprivate static var temperatures: Self { "temperatures" }
}

@Suite("Recipe: A generic server and its client") struct GenericServerRecipeTests {
  @Test("one type of server, several types of values")
  func types() async throws {
    try await withTestRuntime { _ in
      _ = try await Latest<String, Int>.start(name: .temperatures)
      let temperatures = Latest.named(.temperatures)
      let names = try await Latest<Int, String>.start()
      temperatures.set(21, for: "kitchen")
      names.set("Ann", for: 1)
      #expect(try await temperatures.value(of: "kitchen") == 21)
      #expect(try await temperatures.value(of: "cellar") == nil)
      #expect(try await names.value(of: 1) == "Ann")
    }
  }

  @Test("who waits for a first value gets it")
  func first() async throws {
    try await withTestRuntime { test in
      let names = try await Latest<Int, String>.start()
      async let name = names.firstValue(of: 1)
      await test.clock.waitForTimers()
      names.set("Ann", for: 1)
      #expect(try await name == "Ann")
    }
  }
}
