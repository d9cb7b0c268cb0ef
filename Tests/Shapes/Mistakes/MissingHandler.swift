// error: type 'NoInitialize' does not conform to protocol 'GenServer'
// error: type 'NoCall' does not conform to protocol 'GenServer'
// error: type 'NoCast' does not conform to protocol 'GenServer'
// error: type 'NoInfo' does not conform to protocol 'GenServer'
// error: type 'NoContinue' does not conform to protocol 'GenServer'
import GenServerKit

struct NoInitialize: GenServer {}

struct NoCall: GenServer {
  enum Call: Sendable { case value(ReplyTo<Int>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

struct NoCast: GenServer {
  enum Cast: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

struct NoInfo: GenServer {
  enum Info: Sendable { case tick }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

struct NoContinue: GenServer {
  enum Continue { case load }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}
