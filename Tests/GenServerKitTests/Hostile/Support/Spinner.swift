import GenServerKit

/// A server whose plain handler works until its server is told to exit.
struct Spinner: GenServer {
  enum Call: Sendable { case answer(ReplyTo<Int>) }
  enum Cast: Sendable { case spin(Signal) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Spinner()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .answer(let client): .reply(42, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .spin(let spinning): spinning.send()
    }
    while !context.isExiting {}
    return .noReply
  }
}
