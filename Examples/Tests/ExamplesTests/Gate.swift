import GenServerKit

/// Holds whoever comes until it is opened, and tells when they are there.
struct Gate: GenServer {
  enum Call: Sendable {
    case pass(ReplyTo<Void>)
    case arrivals(Int, ReplyTo<Void>)
  }
  enum Cast: Sendable { case open }

  private var isOpen = false
  private var held: [ReplyTo<Void>] = []
  private var watchers: [(count: Int, client: ReplyTo<Void>)] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Gate()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .pass(let client):
      if isOpen { return .reply(to: client) }
      held.append(client)
    case .arrivals(let count, let client):
      watchers.append((count, client))
    }
    for watcher in watchers where watcher.count <= held.count { watcher.client.reply() }
    watchers.removeAll { $0.count <= held.count }
    return .noReply
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .open:
      isOpen = true
      for client in held { client.reply() }
      held = []
    }
    return .noReply
  }
}

extension ServerRef where Server == Gate {
  func pass() async throws(CallError) { try await call(timeout: .infinity) { .pass($0) } }
  func arrivals(_ count: Int) async throws(CallError) { try await call(timeout: .infinity) { .arrivals(count, $0) } }
  func open() { cast(.open) }
}
