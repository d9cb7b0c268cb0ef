// error: conformance of 'Counter' to protocol 'GenServer' crosses into main actor-isolated code
import GenServerKit

struct Counter: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }

  @MainActor mutating func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
