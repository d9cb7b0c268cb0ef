// error: passing closure as a 'sending' parameter risks causing data races
import GenServerKit

final class Trace { var spans = 0 }

enum CurrentTrace: ProcessStorageKey { typealias Value = Trace }

struct Counter: GenServer {
  enum Cast: Sendable { case begin }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    let trace = Trace()
    context.storage[CurrentTrace.self] = trace
    Task { trace.spans += 1 }
    return .noReply
  }
}
