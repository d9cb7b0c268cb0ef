// error: conformance of 'Counter' to protocol 'GenServer' crosses into main actor-isolated code
import GenServerKit

@MainActor struct Counter: GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Counter()) }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
