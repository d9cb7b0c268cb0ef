import GenServerKit

/// A server with plain handlers, which do what the message says.
struct Puppet: GenServer, PuppetShow {
  typealias Act = @Sendable (inout Puppet, ServerContext<Puppet>) throws -> NextStep<Puppet>

  enum Call: Sendable { case perform(Act) }
  enum Cast: Sendable { case perform(Act) }
  enum Info: Sendable {
    case perform(Act)
    case note(String)
  }

  /// What the handlers wrote down.
  var notes: [String] = [] { didSet { showNotes() } }
  var shownNotes: Observed<[String]>?

  static func initialize(_: Void, context: Context) -> Initial { .ok(Puppet()) }

  mutating func handleCall(_ call: Call, context: Context) throws -> Next {
    switch call {
    case .perform(let act): try act(&self, context)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next {
    switch cast {
    case .perform(let act): return try act(&self, context)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) throws -> Next {
    switch info {
    case .perform(let act): return try act(&self, context)
    case .note(let text):
      notes.append(text)
      return .noReply
    }
  }

  static func called(_ act: @escaping @Sendable (inout Puppet, ServerContext<Puppet>) throws -> NextStep<Puppet>)
    -> Call
  {
    .perform(act)
  }

  static func told(_ act: @escaping @Sendable (inout Puppet, ServerContext<Puppet>) throws -> NextStep<Puppet>) -> Cast
  {
    .perform(act)
  }

  static func note(_ text: String) -> Info { .note(text) }
}
