// error: does not conform to protocol 'Copyable'
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  var later: [Next] = []

  mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
