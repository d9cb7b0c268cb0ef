// error: passing closure as a 'sending' parameter risks causing data races
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    Task { print(context.now) }
    return .noReply
  }
}
