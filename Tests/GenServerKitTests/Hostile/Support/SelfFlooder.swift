import GenServerKit

/// Fills its own mailbox and wants to wait for room.
struct SelfFlooder: GenServer {
  enum Call: Sendable { case flood(ReplyTo<[CallError?]>) }
  enum Cast: Sendable {
    case nothing
    case tell(Signal)
  }

  let suspends: Bool

  static func initialize(_ suspends: Bool, context: Context) -> Initial { .ok(SelfFlooder(suspends: suspends)) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    if suspends { await Task.yield() }
    switch call {
    case .flood(let client):
      var outcomes: [CallError?] = []
      for _ in 1...3 {
        do throws(CallError) {
          try await context.me.cast(.nothing, whenFull: .wait)
          outcomes.append(nil)
        } catch {
          outcomes.append(error)
        }
      }
      return .reply(outcomes, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    if case .tell(let signal) = cast { signal.send() }
    return .noReply
  }
}

extension ServerRef where Server == SelfFlooder {
  func flood() async throws(CallError) -> [CallError?] { try await call { .flood($0) } }
}
