import GenServerKit

/// Names none of its message types: the handlers tell them.
struct Inferred: GenServer {
  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}

struct AsyncInferred: GenServer {
  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) async -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) async -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) async -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) async -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) async -> Next { journal.noted(.continue) }
}
