import GenServerKit

/// Fetches slowly, in a task beside it, and answers others meanwhile.
struct Fetcher: GenServer {
  enum Call: Sendable {
    case fetch(String, ReplyTo<String>)
    case requested(ReplyTo<[String]>)
  }

  let network: ServerRef<Gate>
  var requested: [String] = []

  static func initialize(_ network: ServerRef<Gate>, context: Context) -> Initial {
    .ok(Fetcher(network: network))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .fetch(let page, let client):
      requested.append(page)
      context.task { [network] in
        do { try await network.pass() } catch { return }
        client.reply("the page \(page)")
      }
      return .noReply
    case .requested(let client):
      return .reply(requested, to: client)
    }
  }
}

extension ServerRef where Server == Fetcher {
  func requestFetch(_ page: String) -> PendingReply<String> { sendRequest { .fetch(page, $0) } }
  func requested() async throws(CallError) -> [String] { try await call { .requested($0) } }
}
