import GenServerKit

struct Async: GenServer {
  enum Call: Sendable { case journal(ReplyTo<[Entry]>) }
  enum Cast: Sendable { case note }
  enum Info: Sendable { case event }
  enum Continue { case step }

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) async -> Initial {
    .ok(Async(journal: journal.begun()), then: .continue(.step))
  }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .journal(let client): journal.answer(client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Info, context: Context) async -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Continue, context: Context) async -> Next { journal.noted(.continue) }
}

/// Its handlers leave their thread and come back.
struct Suspending: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) async throws -> Initial {
    await Task.yield()
    return .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) async throws -> Next {
    await Task.yield()
    return journal.answer(call.client)
  }

  mutating func handleCast(_ cast: Note, context: Context) async throws -> Next {
    await Task.yield()
    return journal.noted(.cast)
  }

  mutating func handleInfo(_ info: Event, context: Context) async throws -> Next {
    await Task.yield()
    return journal.noted(.info)
  }

  mutating func handleContinue(_ step: Step, context: Context) async throws -> Next {
    await Task.yield()
    return journal.noted(.continue)
  }
}
