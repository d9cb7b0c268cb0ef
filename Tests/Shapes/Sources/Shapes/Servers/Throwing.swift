import GenServerKit

struct Throwing: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) throws -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) throws -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) throws -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) throws -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) throws -> Next { journal.noted(.continue) }
}
