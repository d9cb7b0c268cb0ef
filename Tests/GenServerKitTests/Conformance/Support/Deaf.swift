import GenServerKit

/// Servers that have no `Info`, and so no handler for it.
protocol Deaf: GenServer where Argument == Void, Call == DeafCall, Info == Never {}

enum DeafCall: Sendable { case count(ReplyTo<Int>) }

struct PlainDeaf: Deaf {
  var count = 0

  static func initialize(_: Void, context: Context) -> Initial { .ok(PlainDeaf()) }

  mutating func handleCall(_ call: DeafCall, context: Context) -> Next {
    switch call {
    case .count(let client):
      count += 1
      return .reply(count, to: client)
    }
  }
}

struct AsyncDeaf: Deaf {
  var count = 0

  static func initialize(_: Void, context: Context) async -> Initial { .ok(AsyncDeaf()) }

  mutating func handleCall(_ call: DeafCall, context: Context) async -> Next {
    await Task.yield()
    switch call {
    case .count(let client):
      count += 1
      return .reply(count, to: client)
    }
  }
}

extension ServerRef where Server: Deaf {
  func count() async throws(CallError) -> Int { try await call { .count($0) } }
}
