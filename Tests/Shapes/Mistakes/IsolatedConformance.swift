// error: cannot form main actor-isolated conformance of 'Counter'
import GenServerKit

@MainActor struct Counter: @MainActor GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Counter()) }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
