import GenServerKit

enum Problem: Error { case any }

struct TypedThrows: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) throws(Problem) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) throws(Problem) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) throws(Problem) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) throws(Problem) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) throws(Problem) -> Next { journal.noted(.continue) }
}

struct AsyncTypedThrows: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) async throws(Problem) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) async throws(Problem) -> Next {
    journal.answer(call.client)
  }

  mutating func handleCast(_ cast: Note, context: Context) async throws(Problem) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) async throws(Problem) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) async throws(Problem) -> Next {
    journal.noted(.continue)
  }
}
