import GenServerKit

/// Promises an answer, with `.noReply`, and forgets it.
struct Forgetful: GenServer {
  enum Call: Sendable {
    case remember(ReplyTo<String>)
    case forget(ReplyTo<String>)
  }
  enum Cast: Sendable { case answer(String) }

  var waiting: [ReplyTo<String>] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Forgetful()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .remember(let client): waiting.append(client)
    case .forget: break
    }
    return .noReply
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .answer(let text):
      for client in waiting { client.reply(text) }
      waiting = []
    }
    return .noReply
  }
}

extension ServerRef where Server == Forgetful {
  func requestRemember() -> PendingReply<String> { sendRequest { .remember($0) } }
  func forget() async throws(CallError) -> String { try await call { .forget($0) } }
  @discardableResult func answer(_ text: String) -> Delivery { cast(.answer(text)) }
}
