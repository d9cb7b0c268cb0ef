// error: type 'Counter' does not conform to protocol 'GenServer'
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }

  mutating func handleCall(_ call: Call, context: Context) async -> Next { .noReply }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
