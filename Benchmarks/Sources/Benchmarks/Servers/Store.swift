import GenServerKit

/// Takes what it is sent, and says how much it was.
struct Store: GenServer {
  enum Call: Sendable { case put([UInt8], ReplyTo<Int>) }
  enum Cast: Sendable { case fill }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Store()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .put(let bytes, let client): .reply(bytes.count, to: client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}

extension ServerRef where Server == Store {
  func put(_ bytes: [UInt8]) async throws(CallError) -> Int { try await call { .put(bytes, $0) } }
  func sendPut(_ bytes: [UInt8]) -> PendingReply<Int> { sendRequest { .put(bytes, $0) } }
}
