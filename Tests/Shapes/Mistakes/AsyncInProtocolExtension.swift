// error without features: cannot be sent from caller of protocol requirement 'handleCast(_:context:)'
import GenServerKit

protocol Resettable: GenServer where Cast == Reset {}

enum Reset: Sendable { case reset }

extension Resettable {
  mutating func handleCast(_ cast: Reset, context: Context) async -> Next { .noReply }
}

struct Counter: Resettable {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}
