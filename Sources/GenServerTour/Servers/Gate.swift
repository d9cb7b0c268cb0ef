import GenServerKit

/// Holds up everybody who wants to pass, until it is opened: long work that ends when the example says so.
struct Gate: GenServer {
  enum Call: Sendable {
    case pass(ReplyTo<Void>)
    case arrival(ReplyTo<Void>)
  }
  enum Cast: Sendable { case open }

  var isOpen = false
  var waiting: [ReplyTo<Void>] = []
  var watchers: [ReplyTo<Void>] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Gate()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .pass(let client):
      for watcher in watchers { watcher.reply() }
      watchers = []
      if isOpen { return .reply(to: client) }
      waiting.append(client)
    case .arrival(let client):
      if !waiting.isEmpty { return .reply(to: client) }
      watchers.append(client)
    }
    return .noReply
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

  /// Returns when somebody stands before the gate.
  func arrival() async throws(CallError) { try await call { .arrival($0) } }

  @discardableResult func open() -> Delivery { cast(.open) }
}
