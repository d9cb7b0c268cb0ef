import GenServerKit

struct Generic<Topic: Sendable>: GenServer {
  enum Call: Sendable { case journal(of: Topic, ReplyTo<[Entry]>) }
  enum Cast: Sendable { case note(Topic) }
  enum Info: Sendable { case event(Topic) }
  enum Continue { case step(Topic?) }

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(.step(nil)))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .journal(_, let client): journal.answer(client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Info, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Continue, context: Context) -> Next { journal.noted(.continue) }
}

struct AsyncGeneric<Topic: Sendable>: GenServer {
  enum Call: Sendable { case journal(of: Topic, ReplyTo<[Entry]>) }
  enum Cast: Sendable { case note(Topic) }
  enum Info: Sendable { case event(Topic) }
  enum Continue { case step(Topic?) }

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) async -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(.step(nil)))
  }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .journal(_, let client): journal.answer(client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Info, context: Context) async -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Continue, context: Context) async -> Next { journal.noted(.continue) }
}
