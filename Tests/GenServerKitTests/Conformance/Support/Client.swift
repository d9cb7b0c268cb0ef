import GenServerKit

/// A process that calls probes and keeps whatever else reaches its mailbox.
struct Client: GenServer {
  enum Call: Sendable {
    case ask(
      ProbeServer, Timeout?, @Sendable (ReplyTo<String>) -> ProbeCall, ReplyTo<Result<String, CallError>>)
    case received(ReplyTo<[String]>)
  }
  enum Cast: Sendable { case kill(PID) }

  var received: [String] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Client()) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .ask(let probe, let timeout, let request, let client):
      do throws(CallError) {
        return .reply(try await probe.call(timeout: timeout, request), to: client)
      } catch {
        return .fail(error, to: client)
      }
    case .received(let client):
      return .reply(received, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .kill(let pid): pid.exit(.killed)
    }
    return .noReply
  }

  mutating func handleUnexpected(_ message: any Sendable, context: Context) -> Next {
    received.append("\(message)")
    return .noReply
  }
}

extension ServerRef where Server == Client {
  /// Waits as long as it takes, so that only the timeout of the request itself counts.
  func ask(
    _ probe: ProbeServer, timeout: Timeout?, _ request: @escaping @Sendable (ReplyTo<String>) -> ProbeCall
  ) async throws(CallError) -> String {
    try await call(timeout: .infinity) { .ask(probe, timeout, request, $0) }.get()
  }

  func received() async throws(CallError) -> [String] { try await call { .received($0) } }
  func kill(_ pid: PID) { cast(.kill(pid)) }
}
