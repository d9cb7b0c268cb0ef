// error: conformance of 'Counter' to protocol 'GenServer' crosses into actor-isolated code
import GenServerKit

actor Counter: GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Counter()) }

  func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
