// error: 'async' call in a function that does not support concurrency
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case add(valueOf: ServerRef<Counter>) }

  var count = 0

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }

  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next {
    switch cast {
    case .add(let other): count += try await other.call { .value($0) }
    }
    return .noReply
  }
}
