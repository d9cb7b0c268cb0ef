// error: cannot convert value of type 'String' to expected argument type 'Int'
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .value(let client): .reply("one", to: client)
    }
  }
}
