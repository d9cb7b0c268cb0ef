import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable {
    case increment(ReplyTo<Int>)
    case value(ReplyTo<Int>)
  }
  enum Cast: Sendable { case reset }

  var count: Int

  static func initialize(_ count: Int, context: Context) -> Initial {
    .ok(Counter(count: count))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .increment(let client):
      count += 1
      return .reply(count, to: client)
    case .value(let client):
      return .reply(count, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .reset: count = 0
    }
    return .noReply
  }
}

extension Counter {
  /// The one counter of a program, under the name of its type.
  static func start(from count: Int = 0) async throws(StartError) -> ServerRef<Counter> {
    try await start(count, name: .type)
  }
}

extension ServerRef where Server == Counter {
  func increment() async throws(CallError) -> Int { try await call { .increment($0) } }
  func value() async throws(CallError) -> Int { try await call { .value($0) } }
  @discardableResult func reset() -> Delivery { cast(.reset) }
}
