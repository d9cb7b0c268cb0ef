import GenServerKit

/// Each handler is plain or async on its own: here initialize, call and info are plain.
struct PlainCalls: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) async -> Next {
    await Task.yield()
    return journal.noted(.cast)
  }

  mutating func handleInfo(_ info: Event, context: Context) throws -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) async throws -> Next { journal.noted(.continue) }
}

/// The other way round.
struct AsyncCalls: GenServer {
  typealias Call = Question
  typealias Cast = Note
  typealias Info = Event
  typealias Continue = Step

  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) async throws -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) async -> Next {
    await Task.yield()
    return journal.answer(call.client)
  }

  mutating func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) async -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}

/// A plain handler in the type wins over an async one in a protocol's extension. (Not the other way round: a plain one
/// that is there is taken.)
struct Overriding: AsyncRefined {
  var journal: Journal

  static func initialize(_ journal: Journal, context: Context) -> Initial {
    .ok(Self(journal: journal.begun()), then: .continue(Step()))
  }

  mutating func handleCall(_ call: Question, context: Context) -> Next { journal.answer(call.client) }

  mutating func handleCast(_ cast: Note, context: Context) -> Next { journal.noted(.cast) }

  mutating func handleInfo(_ info: Event, context: Context) -> Next { journal.noted(.info) }

  mutating func handleContinue(_ step: Step, context: Context) -> Next { journal.noted(.continue) }
}
