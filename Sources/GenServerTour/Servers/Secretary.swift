import GenServerKit

/// Fetches files from an archive, and greets whoever comes.
struct Secretary: GenServer {
  enum Call: Sendable {
    /// Calls the archive, and waits for it in the handler.
    case fetch(ReplyTo<String>)
    /// Asks the archive, whose answer is a message.
    case fetchBeside(ReplyTo<String>)
    case greet(ReplyTo<String>)
  }
  enum Info: Sendable { case found(Result<Void, CallError>, for: ReplyTo<String>) }

  let archive: ServerRef<Gate>

  static func initialize(_ archive: ServerRef<Gate>, context: Context) -> Initial { .ok(Secretary(archive: archive)) }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .fetch(let client):
      try await archive.pass()
      return .reply("the file", to: client)
    case .fetchBeside(let client):
      context.request(archive, as: { .found($0, for: client) }, { .pass($0) })
      return .noReply
    case .greet(let client):
      return .reply("hello", to: client)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) throws -> Next {
    switch info {
    case .found(let file, let client):
      try file.get()
      client.reply("the file")
    }
    return .noReply
  }
}

extension ServerRef where Server == Secretary {
  func requestFetch() -> PendingReply<String> { sendRequest { .fetch($0) } }
  func requestFetchBeside() -> PendingReply<String> { sendRequest { .fetchBeside($0) } }
  func requestGreeting() -> PendingReply<String> { sendRequest { .greet($0) } }
  func greet() async throws(CallError) -> String { try await call { .greet($0) } }
}
