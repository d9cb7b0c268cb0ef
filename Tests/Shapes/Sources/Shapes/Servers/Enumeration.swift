import GenServerKit

/// A state that changes its shape.
enum Enumeration: GenServer {
  case fresh(Journal)
  case used(Journal)

  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal {
    get {
      switch self {
      case .fresh(let journal), .used(let journal): journal
      }
    }
    set { self = .used(newValue) }
  }

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(.fresh(journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}

enum AsyncEnumeration: GenServer {
  case running(Journal)

  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal {
    get {
      switch self {
      case .running(let journal): journal
      }
    }
    set { self = .running(newValue) }
  }

  static func initialize(_ journal: Journal, context: Context) async -> Initial {
    .ok(.running(journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) async -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) async -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) async -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) async -> Next { journal.noted(.continue) }
}
