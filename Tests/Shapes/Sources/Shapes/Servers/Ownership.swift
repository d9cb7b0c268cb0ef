import GenServerKit

struct Consuming: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: consuming Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: consuming Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: consuming Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: consuming Event, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: consuming Step, context: Context) -> Next { journal.noted(.continue) }
}

struct AsyncConsuming: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: consuming Journal, context: Context) async -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: consuming Question, context: Context) async -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: consuming Note, context: Context) async -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: consuming Event, context: Context) async -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: consuming Step, context: Context) async -> Next { journal.noted(.continue) }
}

struct Borrowing: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: borrowing Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: borrowing Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: borrowing Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: borrowing Event, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: borrowing Step, context: Context) -> Next { journal.noted(.continue) }
}
