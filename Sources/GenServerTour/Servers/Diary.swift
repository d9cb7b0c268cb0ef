import GenServerKit

/// Leaves itself a message instead of calling itself.
struct Diary: GenServer {
  enum Call: Sendable {
    case write(String, ReplyTo<[String]>)
    case lines(ReplyTo<[String]>)
  }
  enum Cast: Sendable { case append(String) }

  var lines: [String] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Diary()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .write(let line, let client):
      context.me.append("\(line), thought over")
      lines.append(line)
      return .reply(lines, to: client)
    case .lines(let client):
      return .reply(lines, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .append(let line): lines.append(line)
    }
    return .noReply
  }
}

extension ServerRef where Server == Diary {
  func write(_ line: String) async throws(CallError) -> [String] { try await call { .write(line, $0) } }
  func lines() async throws(CallError) -> [String] { try await call { .lines($0) } }
  @discardableResult func append(_ line: String) -> Delivery { cast(.append(line)) }
}
