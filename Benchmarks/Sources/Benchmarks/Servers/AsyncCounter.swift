import GenServerKit

/// Counts calls with an async handler.
struct AsyncCounter: GenServer {
  enum Call: Sendable {
    case increment(ReplyTo<Int>)
    case incrementAfterYield(ReplyTo<Int>)
  }

  var count: Int

  static func initialize(_ count: Int, context: Context) -> Initial {
    .ok(AsyncCounter(count: count))
  }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .increment(let client):
      count += 1
      return .reply(count, to: client)
    case .incrementAfterYield(let client):
      await Task.yield()
      count += 1
      return .reply(count, to: client)
    }
  }
}

extension ServerRef where Server == AsyncCounter {
  func increment() async throws(CallError) -> Int { try await call { .increment($0) } }
  func incrementAfterYield() async throws(CallError) -> Int { try await call { .incrementAfterYield($0) } }
}
