// error: cannot be satisfied by a non-final class ('Counter')
import GenServerKit

class Counter: GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Counter()) }

  func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}
