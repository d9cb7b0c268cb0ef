import GenServerKit

/// A protocol of the user's own, with the handlers in its extension.
protocol Refined: GenServer where Call == Question, Cast == Note, Info == Event, Continue == Step {
  var journal: Journal { get set }

  init(journal: Journal)
}

extension Refined {
  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}

struct UsesRefined: Refined {
  var journal: Journal
}

/// In a protocol's extension an async handler is as isolated as any other function, so without the upcoming feature it
/// has to say that it stays with its caller. In the server's own type it need not.
protocol AsyncRefined: GenServer where Call == Question, Cast == Note, Info == Event, Continue == Step {
  var journal: Journal { get set }

  init(journal: Journal)
}

extension AsyncRefined {
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

struct UsesAsyncRefined: AsyncRefined {
  var journal: Journal
}
