// error: type 'Adder.Call' does not conform to the 'Sendable' protocol
// error: type 'Collector.Cast' does not conform to the 'Sendable' protocol
// error: type 'Watcher.Info' does not conform to the 'Sendable' protocol
import GenServerKit

final class Box { var value = 0 }

struct Adder: GenServer {
  enum Call { case add(Box, ReplyTo<Int>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next { .noReply }
}

struct Collector: GenServer {
  enum Cast { case add(Box) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next { .noReply }
}

struct Watcher: GenServer {
  enum Info { case seen(Box) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleInfo(_ info: Info, context: Context) -> Next { .noReply }
}
