// error: type 'NoInitialize' does not conform to protocol 'GenServer'
// error: type 'NoCall' does not conform to protocol 'GenServer'
// error: type 'NoCast' does not conform to protocol 'GenServer'
// error: type 'NoInfo' does not conform to protocol 'GenServer'
// error: type 'NoContinue' does not conform to protocol 'GenServer'
import GenServerKit

struct NoInitialize: GenServer {
  static func initialize(_: Void) -> Initial { .ok(Self()) }
}

struct NoCall: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call) -> Next { .noReply }
}

struct NoCast: GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCast(_ cast: Cast) -> Next { .noReply }
}

struct NoInfo: GenServer {
  enum Info: Sendable { case tick }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleInfo(_ info: Info) -> Next { .noReply }
}

struct NoContinue: GenServer {
  enum Continue { case load }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleContinue(_ step: Continue) -> Next { .noReply }
}
