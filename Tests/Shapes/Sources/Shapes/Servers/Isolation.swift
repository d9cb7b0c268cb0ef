import GenServerKit

struct Nonisolated: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  nonisolated static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  nonisolated mutating func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  nonisolated mutating func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  nonisolated mutating func handleInfo(_ info: Event, context: Context) -> Next { journal.noted(.info) }

  nonisolated mutating func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}

struct Nonsending: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  nonisolated(nonsending) static func initialize(_ journal: Journal, context: Context) async -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  nonisolated(nonsending) mutating func handleCall(_ call: Question, context: Context) async -> Next {
    journal.answer(call.client)
  }

  nonisolated(nonsending) mutating func handleCast(_ cast: Note, context: Context) async -> Next {
    journal.noted(.cast)
  }

  nonisolated(nonsending) mutating func handleInfo(_ info: Event, context: Context) async -> Next {
    journal.noted(.info)
  }

  nonisolated(nonsending) mutating func handleContinue(_ step: Step, context: Context) async -> Next {
    journal.noted(.continue)
  }
}
