import GenServerKit

/// Fetches in its handler and answers nobody meanwhile: how not to do it. `Fetcher` does the same beside the handler.
struct BlockingFetcher: GenServer {
  enum Call: Sendable {
    case fetch(String, ReplyTo<String>)
    case requested(ReplyTo<[String]>)
  }

  let network: ServerRef<Gate>
  var requested: [String] = []

  static func initialize(_ network: ServerRef<Gate>, context: Context) -> Initial {
    .ok(BlockingFetcher(network: network))
  }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .fetch(let page, let client):
      requested.append(page)
      try await network.pass()
      return .reply("the page \(page)", to: client)
    case .requested(let client):
      return .reply(requested, to: client)
    }
  }
}

extension ServerRef where Server == BlockingFetcher {
  func requestFetch(_ page: String) -> PendingReply<String> { sendRequest { .fetch(page, $0) } }
  func requested() async throws(CallError) -> [String] { try await call { .requested($0) } }
}
