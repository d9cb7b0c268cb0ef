import GenServerKit

/// Writes lines to a disk that may keep it waiting, for clients that wait for it and for such that do not.
struct DiskLogger: GenServer {
  enum Call: Sendable {
    case write(String, ReplyTo<Void>)
    case lines(ReplyTo<[String]>)
  }
  enum Cast: Sendable { case write(String) }

  let disk: ServerRef<Gate>
  var lines: [String] = []

  static func initialize(_ disk: ServerRef<Gate>, context: Context) -> Initial { .ok(DiskLogger(disk: disk)) }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .write(let line, let client):
      try await write(line)
      return .reply(to: client)
    case .lines(let client):
      return .reply(lines, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    switch cast {
    case .write(let line): try await write(line)
    }
    return .noReply
  }

  private mutating func write(_ line: String) async throws {
    try await disk.pass()
    lines.append(line)
  }
}

extension ServerRef where Server == DiskLogger {
  func lines() async throws(CallError) -> [String] { try await call { .lines($0) } }
  func write(_ line: String) async throws(CallError) { try await call { .write(line, $0) } }
  func requestWrite(_ line: String) -> PendingReply<Void> { sendRequest { .write(line, $0) } }
  @discardableResult func writeLater(_ line: String) -> Delivery { cast(.write(line)) }
}
