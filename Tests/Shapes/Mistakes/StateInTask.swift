// error: passing closure as a 'sending' parameter risks causing data races
import GenServerKit

final class Meter: GenServer {
  enum Cast: Sendable { case add }

  var sum = 0

  static func initialize(_: Void, context: Context) -> Initial { .ok(Meter()) }

  func handleCast(_ cast: Cast, context: Context) async -> Next {
    Task { self.sum += 1 }
    return .noReply
  }
}
