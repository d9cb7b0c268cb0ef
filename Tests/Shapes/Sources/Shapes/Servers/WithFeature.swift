import GenServerKit

// What needs NonisolatedNonsendingByDefault: without it, both leave their caller, which the context cannot.
#if hasFeature(NonisolatedNonsendingByDefault)
  struct AsyncNonisolated: GenServer {
    typealias Call = Question
    typealias Cast = Note
    typealias Info = Event
    typealias Continue = Step

    var journal: Journal

    nonisolated static func initialize(_ journal: Journal, context: Context) async -> Initial {
      .ok(Self(journal: journal.begun()), then: .continue(Step()))
    }

    nonisolated mutating func handleCall(_ call: Question, context: Context) async -> Next {
      journal.answer(call.client)
    }

    nonisolated mutating func handleCast(_ cast: Note, context: Context) async -> Next { journal.noted(.cast) }

    nonisolated mutating func handleInfo(_ info: Event, context: Context) async -> Next { journal.noted(.info) }

    nonisolated mutating func handleContinue(_ step: Step, context: Context) async -> Next { journal.noted(.continue) }
  }

  protocol ShortAsyncRefined: GenServer where Call == Question, Cast == Note, Info == Event, Continue == Step {
    var journal: Journal { get set }

    init(journal: Journal)
  }

  extension ShortAsyncRefined {
    static func initialize(_ journal: Journal, context: Context) async -> Initial {
      .ok(Self(journal: journal.begun()), then: .continue(Step()))
    }

    mutating func handleCall(_ call: Question, context: Context) async -> Next { journal.answer(call.client) }

    mutating func handleCast(_ cast: Note, context: Context) async -> Next { journal.noted(.cast) }

    mutating func handleInfo(_ info: Event, context: Context) async -> Next { journal.noted(.info) }

    mutating func handleContinue(_ step: Step, context: Context) async -> Next { journal.noted(.continue) }
  }

  struct UsesShortAsyncRefined: ShortAsyncRefined {
    var journal: Journal
  }
#endif
