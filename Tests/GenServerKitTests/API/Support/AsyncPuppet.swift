import GenServerKit

/// A server with async handlers, which do what the message says.
struct AsyncPuppet: GenServer, PuppetShow {
  typealias Act = @Sendable (inout AsyncPuppet, ServerContext<AsyncPuppet>) async throws -> NextStep<AsyncPuppet>

  enum Call: Sendable { case perform(Act) }
  enum Cast: Sendable { case perform(Act) }
  enum Info: Sendable {
    case perform(Act)
    case note(String)
  }

  /// What the handlers wrote down.
  var notes: [String] = [] { didSet { showNotes() } }
  var shownNotes: Observed<[String]>?

  static func initialize(_: Void, context: Context) async -> Initial { .ok(AsyncPuppet()) }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .perform(let act): return try await act(&self, context)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    switch cast {
    case .perform(let act): return try await act(&self, context)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) async throws -> Next {
    switch info {
    case .perform(let act): return try await act(&self, context)
    case .note(let text):
      notes.append(text)
      return .noReply
    }
  }

  static func called(
    _ act: @escaping @Sendable (inout AsyncPuppet, ServerContext<AsyncPuppet>) throws -> NextStep<AsyncPuppet>
  ) -> Call { .perform { try act(&$0, $1) } }

  static func told(
    _ act: @escaping @Sendable (inout AsyncPuppet, ServerContext<AsyncPuppet>) throws -> NextStep<AsyncPuppet>
  ) -> Cast { .perform { try act(&$0, $1) } }

  static func note(_ text: String) -> Info { .note(text) }
}

extension ServerRef where Server == AsyncPuppet {
  /// Calls with an act that may wait.
  func askAsync<Value: Sendable>(
    timeout: Timeout? = nil,
    _ act: @escaping @Sendable (inout AsyncPuppet, ServerContext<AsyncPuppet>) async throws -> Value
  ) async throws(CallError) -> Value {
    try await call(timeout: timeout) { (client: ReplyTo<Value>) in
      .perform { .reply(try await act(&$0, $1), to: client) }
    }
  }

  /// Casts an act that may wait.
  @discardableResult func tellAsync(
    _ act: @escaping @Sendable (inout AsyncPuppet, ServerContext<AsyncPuppet>) async throws -> Void
  ) -> Delivery {
    cast(
      .perform {
        try await act(&$0, $1)
        return .noReply
      })
  }
}
