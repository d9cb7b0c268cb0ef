import GenServerKit

/// Keeps lines in the order in which they came, from whomever.
struct RequestLogger: GenServer {
  enum Call: Sendable { case lines(ReplyTo<[String]>) }
  enum Cast: Sendable { case log(String) }

  var lines: [String] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(RequestLogger()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .lines(let client): .reply(lines, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .log(let line): lines.append(line)
    }
    return .noReply
  }
}

extension ServerRef where Server == RequestLogger {
  func lines() async throws(CallError) -> [String] { try await call { .lines($0) } }
  @discardableResult func log(_ line: String) -> Delivery { cast(.log(line)) }
}
