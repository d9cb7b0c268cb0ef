import GenServerKit

enum Handler: Sendable {
  case initialize, call, cast, info, `continue`
}

/// That a handler has run, and whether it did so in a task of its own, as only an async handler does.
///
/// A plain handler runs in its caller's task or in none. One that the library took for async would run in its own.
struct Entry: Sendable, Equatable {
  let handler: Handler
  let hadOwnTask: Bool
}

/// What a server of any shape keeps: which of its handlers have run, and how.
struct Journal: Sendable {
  private(set) var entries: [Entry] = []
  private let caller: Int?

  /// `caller` is the task that will call the server.
  init(caller: Int?) { self.caller = caller }

  static var runningTask: Int? { withUnsafeCurrentTask { $0?.hashValue } }

  mutating func add(_ handler: Handler) {
    let task = Self.runningTask
    entries.append(Entry(handler: handler, hadOwnTask: task != nil && task != caller))
  }

  mutating func noted<Server>(_ handler: Handler) -> NextStep<Server> {
    add(handler)
    return .noReply
  }

  /// Answers with all entries, that of this call the last.
  mutating func answer<Server>(_ client: ReplyTo<[Entry]>) -> NextStep<Server> {
    add(.call)
    return .reply(entries, to: client)
  }

  /// The journal as it is when `initialize` is done.
  func begun() -> Journal {
    var journal = self
    journal.add(.initialize)
    return journal
  }
}
