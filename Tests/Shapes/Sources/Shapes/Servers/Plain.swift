import GenServerKit

struct Plain: GenServer {
  enum Call: Sendable { case journal(ReplyTo<[Entry]>) }
  enum Cast: Sendable { case note }
  enum Info: Sendable { case event }
  enum Continue { case step }

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Plain(journal: journal.begun()), then: .continue(.step))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .journal(let client): journal.answer(client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Info, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Continue, context: Context) -> Next { journal.noted(.continue) }
}
