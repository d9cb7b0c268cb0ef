// error: method 'handleCall(_:context:)' must be as accessible as its enclosing type
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  private mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
