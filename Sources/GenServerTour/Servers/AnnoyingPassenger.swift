import GenServerKit

/// Answers the question of an annoying passenger.
struct AnnoyingPassenger: GenServer {
  enum Call: Sendable { case areWeThereYet(ReplyTo<String>) }

  var asked = 0

  static func initialize(_: Void, context: Context) -> Initial { .ok(AnnoyingPassenger()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .areWeThereYet(let client):
      defer { asked += 1 }
      let answer =
        switch asked {
        case ...3: "No."
        case ...10: "I told you \(asked) times already. No."
        default: "..."
        }
      return .reply(answer, to: client)
    }
  }
}

extension ServerRef where Server == AnnoyingPassenger {
  func areWeThereYet() async throws(CallError) -> String { try await call { .areWeThereYet($0) } }
}
