import GenServerKit

/// Counts calls and casts with plain handlers.
struct Counter: GenServer {
  enum Call: Sendable {
    case increment(ReplyTo<Int>)
    case value(ReplyTo<Int>)
  }
  enum Cast: Sendable { case increment }

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
    case .increment: count += 1
    }
    return .noReply
  }
}

extension ServerRef where Server == Counter {
  func increment() async throws(CallError) -> Int { try await call { .increment($0) } }
  func value() async throws(CallError) -> Int { try await call { .value($0) } }
  func add() { cast(.increment) }
}
