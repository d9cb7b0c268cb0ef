// error without features: cannot be sent from caller of protocol requirement 'handleCast(_:context:)'
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }

  nonisolated mutating func handleCast(_ cast: Cast, context: Context) async -> Next { .noReply }
}
