// error: main actor-isolated var 'total' can not be mutated from a nonisolated context
import GenServerKit

@MainActor var total = 0

// The handlers of such a server do not run on the main actor either.
@MainActor struct Counter: GenServer {
  enum Cast: Sendable { case add }

  static func initialize(_: Void, context: Context) async -> Initial { .ok(Counter()) }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    total += 1
    return .noReply
  }
}
