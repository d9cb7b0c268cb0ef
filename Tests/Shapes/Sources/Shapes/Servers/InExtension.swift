import GenServerKit

struct InExtension {
  var journal: Journal
}

extension InExtension: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }
}

// The handlers stand apart from the conformance.
extension InExtension {
  mutating func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}

struct AsyncInExtension {
  var journal: Journal
}

extension AsyncInExtension: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  static func initialize(_ journal: Journal, context: Context) async throws -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) async throws -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) async throws -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) async throws -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) async throws -> Next { journal.noted(.continue) }
}
