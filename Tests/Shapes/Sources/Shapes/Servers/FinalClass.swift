import GenServerKit

final class FinalClass: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  init(_ journal: Journal) { self.journal = journal }

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(FinalClass(journal.begun()), then: .continue(Step()))
  }

  func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  func handleInfo(_ info: Event, context: Context) -> Next { journal.noted(.info) }

  func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}

final class AsyncFinalClass: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  init(_ journal: Journal) { self.journal = journal }

  static func initialize(_ journal: Journal, context: Context) async -> Initial {
    .ok(AsyncFinalClass(journal.begun()), then: .continue(Step()))
  }

  func handleCall(_ call: Question, context: Context) async -> Next { journal.answer(call.client) }

  func handleCast(_ cast: Note, context: Context) async -> Next { journal.noted(.cast) }

  func handleInfo(_ info: Event, context: Context) async -> Next { journal.noted(.info) }

  func handleContinue(_ step: Step, context: Context) async -> Next { journal.noted(.continue) }
}
