import GenServerKit

/// Holds up everybody who wants to pass, until it is opened: long work that ends when the example says so.
struct Gate: GenServer {
  enum Call: Sendable { case pass(ReplyTo<Void>) }
  enum Cast: Sendable { case open }

  var isOpen = false
  var waiting: [ReplyTo<Void>] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Gate()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .pass(let client):
      if isOpen { return .reply(to: client) }
      waiting.append(client)
      return .noReply
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .open:
      isOpen = true
      for client in waiting { client.reply() }
      waiting = []
    }
    return .noReply
  }
}

extension ServerRef where Server == Gate {
  func pass() async throws(CallError) { try await call { .pass($0) } }
  @discardableResult func open() -> Delivery { cast(.open) }
}
