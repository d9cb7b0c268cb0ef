// error: reference to member 'reply' cannot be resolved without a contextual type
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .value(let client):
      .reply(1, to: client)
      return .noReply
    }
  }
}
