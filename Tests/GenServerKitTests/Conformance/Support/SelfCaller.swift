import GenServerKit

/// A server that calls itself. Its handler is async: a plain one cannot call anybody.
struct SelfCaller: GenServer {
  enum Way: CaseIterable, Sendable {
    case pid
    case name
  }
  enum Call: Sendable {
    case callYourself(Way, ReplyTo<Result<Int, CallError>>)
    case answer(ReplyTo<Int>)
  }

  let suspends: Bool

  static func initialize(_ suspends: Bool, context: Context) -> Initial { .ok(SelfCaller(suspends: suspends)) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    if suspends { await Task.yield() }
    switch call {
    case .callYourself(let way, let client):
      let me = way == .pid ? context.me : SelfCaller.named(.type)
      do throws(CallError) {
        return .reply(try await me.answer(), to: client)
      } catch {
        return .fail(error, to: client)
      }
    case .answer(let client):
      return .reply(42, to: client)
    }
  }
}

extension ServerRef where Server == SelfCaller {
  func callYourself(_ way: SelfCaller.Way) async throws(CallError) -> Result<Int, CallError> {
    try await call { .callYourself(way, $0) }
  }
  func answer() async throws(CallError) -> Int { try await call { .answer($0) } }
}
