// error: switch must be exhaustive
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable {
    case value(ReplyTo<Int>)
    case reset(ReplyTo<Void>)
  }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .value(let client): .reply(1, to: client)
    }
  }
}
