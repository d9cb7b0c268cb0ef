import GenServerKit

/// Blocks its thread for a while, as a handler does that calls into old synchronous code.
struct Blocker: GenServer {
  enum Call: Sendable { case wait(ReplyTo<Void>) }
  enum Cast: Sendable { case block }

  static func initialize(_: Void, context: Context) -> Initial {
    .ok(Blocker())
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .wait(let client): .reply(to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .block: blockThread()
    }
    return .noReply
  }
}

extension ServerRef where Server == Blocker {
  func block() { cast(.block) }

  /// Returns when everything that was sent before has been handled.
  func wait() async throws(CallError) { try await call { .wait($0) } }
}
