// error: cannot be sent from caller of protocol requirement 'handleCast(_:context:)' into actor-isolated implementation
import GenServerKit

actor Counter: GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) async -> Initial { .ok(Counter()) }

  func handleCast(_ cast: Cast, context: Context) async -> Next { .noReply }
}
