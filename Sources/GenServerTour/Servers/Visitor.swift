import GenServerKit

/// Waits at a border while it starts, with all that it brought along.
struct Visitor: GenServer {
  struct Arguments: Sendable {
    let luggage: [String: String]
    let border: ServerRef<Gate>
  }
  enum Call: Sendable { case greet(ReplyTo<String>) }
  enum Cast: Sendable { case hear(String) }

  let luggage: [String: String]
  var heard: [String] = []

  static func initialize(_ arguments: Arguments, context: Context) async throws -> Initial {
    try await arguments.border.pass()
    return .ok(Visitor(luggage: arguments.luggage))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .greet(let client): .reply("hello", to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .hear(let news): heard.append(news)
    }
    return .noReply
  }
}

extension ServerRef where Server == Visitor {
  func requestGreeting() -> PendingReply<String> { sendRequest { .greet($0) } }
  @discardableResult func hear(_ news: String) -> Delivery { cast(.hear(news)) }
}
