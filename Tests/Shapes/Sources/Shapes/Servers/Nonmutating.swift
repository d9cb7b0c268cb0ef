import GenServerKit

/// The state of a server whose own value never changes.
final class Notebook {
  var journal: Journal

  init(_ journal: Journal) { self.journal = journal }
}

struct Nonmutating: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  let notebook: Notebook

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(notebook: Notebook(journal.begun())), then: .continue(Step()))
  }

  func handleCall(_ call: Question, context: Context) -> Next { notebook.journal.answer(call.client) }

  func handleCast(_ cast: Note, context: Context) -> Next { notebook.journal.noted(.cast) }

  func handleInfo(_ info: Event, context: Context) -> Next { notebook.journal.noted(.info) }

  func handleContinue(_ step: Step, context: Context) -> Next { notebook.journal.noted(.continue) }
}

struct AsyncNonmutating: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  let notebook: Notebook

  static func initialize(_ journal: Journal, context: Context) async -> Initial {
    .ok(Self(notebook: Notebook(journal.begun())), then: .continue(Step()))
  }

  func handleCall(_ call: Question, context: Context) async -> Next { notebook.journal.answer(call.client) }

  func handleCast(_ cast: Note, context: Context) async -> Next { notebook.journal.noted(.cast) }

  func handleInfo(_ info: Event, context: Context) async -> Next { notebook.journal.noted(.info) }

  func handleContinue(_ step: Step, context: Context) async -> Next { notebook.journal.noted(.continue) }
}

/// What starts it keeps nothing of the argument, which is not `Sendable`.
struct ArgumentNotSendable: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  let notebook: Notebook

  static func initialize(_ notebook: Notebook, context: Context) -> Initial {
    notebook.journal.add(.initialize)
    return .ok(Self(notebook: notebook), then: .continue(Step()))
  }

  func handleCall(_ call: Question, context: Context) -> Next { notebook.journal.answer(call.client) }

  func handleCast(_ cast: Note, context: Context) -> Next { notebook.journal.noted(.cast) }

  func handleInfo(_ info: Event, context: Context) -> Next { notebook.journal.noted(.info) }

  func handleContinue(_ step: Step, context: Context) -> Next { notebook.journal.noted(.continue) }
}

struct AsyncArgumentNotSendable: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  let notebook: Notebook

  static func initialize(_ notebook: Notebook, context: Context) async -> Initial {
    notebook.journal.add(.initialize)
    return .ok(Self(notebook: notebook), then: .continue(Step()))
  }

  func handleCall(_ call: Question, context: Context) async -> Next { notebook.journal.answer(call.client) }

  func handleCast(_ cast: Note, context: Context) async -> Next { notebook.journal.noted(.cast) }

  func handleInfo(_ info: Event, context: Context) async -> Next { notebook.journal.noted(.info) }

  func handleContinue(_ step: Step, context: Context) async -> Next { notebook.journal.noted(.continue) }
}
