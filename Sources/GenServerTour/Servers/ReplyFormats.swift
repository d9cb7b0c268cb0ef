import GenServerKit

/// Ends its handlers in every way there is; a call answers with how many calls there were.
struct ReplyFormats: GenServer {
  enum Beginning: Sendable { case ok, okThenContinue, ignore, error, stop }
  enum Refusal: Error { case told }
  enum Call: Sendable {
    case reply(ReplyTo<Int>)
    case replyThenHibernate(ReplyTo<Int>)
    case replyThenTimeout(ReplyTo<Int>)
    case noReply(ReplyTo<Int>)
    case noReplyThenContinue(ReplyTo<Int>)
    case stopReplying(ReplyTo<Int>)
    case stop(ReplyTo<Int>)
    case history(ReplyTo<[String]>)
  }
  enum Cast: Sendable { case answer, stop }
  enum Info: Sendable { case idle }
  enum Continue { case begin, answer }

  var calls = 0
  var history: [String] = []
  var waiting: [ReplyTo<Int>] = []

  static func initialize(_ beginning: Beginning, context: Context) -> Initial {
    switch beginning {
    case .ok: .ok(Self())
    case .okThenContinue: .ok(Self(), then: .continue(.begin))
    case .ignore: .ignore
    case .error: .error(.failure(Refusal.told))
    case .stop: .stop(.shutdownBecause("told"))
    }
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    calls += 1
    switch call {
    case .reply(let client):
      return .reply(calls, to: client)
    case .replyThenHibernate(let client):
      return .reply(calls, to: client, then: .hibernate)
    case .replyThenTimeout(let client):
      return .reply(calls, to: client, then: .timeout(.seconds(1), .idle))
    case .noReply(let client):
      waiting.append(client)
      return .noReply
    case .noReplyThenContinue(let client):
      waiting.append(client)
      return .noReply(then: .continue(.answer))
    case .stopReplying(let client):
      return .stop(.normal, replying: calls, to: client)
    case .stop:
      return .stop(.shutdownBecause("told"))
    case .history(let client):
      return .reply(history, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .answer:
      answerAll()
      return .noReply
    case .stop:
      return .stop(.shutdown)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .idle: history.append("idle")
    }
    return .noReply
  }

  mutating func handleContinue(_ step: Continue, context: Context) -> Next {
    switch step {
    case .begin: history.append("begin")
    case .answer: answerAll()
    }
    return .noReply
  }

  private mutating func answerAll() {
    for client in waiting { client.reply(calls) }
    waiting = []
  }
}

extension ServerRef where Server == ReplyFormats {
  func reply() async throws(CallError) -> Int { try await call { .reply($0) } }
  func replyThenHibernate() async throws(CallError) -> Int { try await call { .replyThenHibernate($0) } }
  func replyThenTimeout() async throws(CallError) -> Int { try await call { .replyThenTimeout($0) } }
  func requestWithoutReply() -> PendingReply<Int> { sendRequest { .noReply($0) } }
  func noReplyThenContinue() async throws(CallError) -> Int { try await call { .noReplyThenContinue($0) } }
  func stopReplying() async throws(CallError) -> Int { try await call { .stopReplying($0) } }
  func stopWithoutReply() async throws(CallError) -> Int { try await call { .stop($0) } }
  func history() async throws(CallError) -> [String] { try await call { .history($0) } }
  @discardableResult func answer() -> Delivery { cast(.answer) }
  @discardableResult func stopByCast() -> Delivery { cast(.stop) }
}
