// error: consumed more than once
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .value(let client):
      let next: Next = .reply(1, to: client)
      drop(next)
      return next
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }

  private func drop(_ next: consuming Next) {}
}
