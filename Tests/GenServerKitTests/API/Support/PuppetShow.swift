import GenServerKit
import Testing

/// What plain and async puppets have in common, for behaviours that have to hold for both.
protocol PuppetShow: GenServer where Argument == Void {
  var notes: [String] { get set }
  /// Where a test sees the notes that come from now on.
  var shownNotes: Observed<[String]>? { get set }

  static func called(_ act: @escaping @Sendable (inout Self, ServerContext<Self>) throws -> NextStep<Self>) -> Call
  static func told(_ act: @escaping @Sendable (inout Self, ServerContext<Self>) throws -> NextStep<Self>) -> Cast
  static func note(_ text: String) -> Info
}

extension PuppetShow {
  /// Starts a puppet that has handled a call and is idle again, so that one that lends does from the next call on.
  static func ready(_ lending: PuppetLending, name: ProcessName<Self>? = nil) async throws -> ServerRef<Self> {
    let puppet = try await start(name: name, options: [lending.option])
    _ = try await puppet.notes()
    try await puppet.fallsIdle()
    return puppet
  }

  func showNotes() { shownNotes?.change { $0 = notes } }
}

extension ServerRef where Server: PuppetShow {
  /// Calls, and gets what the act returns.
  func ask<Value: Sendable>(
    timeout: Timeout? = nil, _ act: @escaping @Sendable (inout Server, ServerContext<Server>) throws -> Value
  ) async throws(CallError) -> Value {
    try await call(timeout: timeout) { (client: ReplyTo<Value>) in
      Server.called { .reply(try act(&$0, $1), to: client) }
    }
  }

  /// Calls, and leaves the answer to the act.
  func ask<Value: Sendable>(
    timeout: Timeout? = nil,
    answering act: @escaping @Sendable (inout Server, ServerContext<Server>, ReplyTo<Value>) throws -> Void
  ) async throws(CallError) -> Value {
    try await call(timeout: timeout) { (client: ReplyTo<Value>) in
      Server.called {
        try act(&$0, $1, client)
        return .noReply
      }
    }
  }

  /// Casts.
  @discardableResult func tell(
    _ act: @escaping @Sendable (inout Server, ServerContext<Server>) throws -> Void
  ) -> Delivery {
    cast(
      Server.told {
        try act(&$0, $1)
        return .noReply
      })
  }

  func notes() async throws(CallError) -> [String] { try await ask { puppet, _ in puppet.notes } }

  /// The notes once there are so many, or what there is after thirty seconds: for what others send some time.
  func notes(_ count: Int) async throws(CallError) -> [String] {
    let shown = Observed<[String]>([])
    try await ask { puppet, _ in
      puppet.shownNotes = shown
      puppet.showNotes()
    }
    return await shown.value { $0.count >= count }
  }

  /// Keeps a plain handler on its thread until the gate is opened, and returns when it is there. For puppets that do not
  /// lend.
  func hold() async -> PuppetGate {
    let gate = PuppetGate()
    tell { _, _ in gate.block() }
    await gate.reached.value()
    return gate
  }
}

extension ServerRef {
  /// Returns when the server has nothing to do. Whoever runs it lets go of it after its answer.
  func fallsIdle(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let process = try #require(pid?.core, sourceLocation: sourceLocation)
    await eventually(sourceLocation: sourceLocation) { process.isIdle || !process.isAlive }
  }
}
