// error: x
import GenServerKit

@MainActor struct Counter: GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) async -> Initial { .ok(Counter()) }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next { .noReply }
}
