import GenServerKit

/// A server whose calls fail in each way, and which lets code on an actor call it from a handler.
struct Provoker: GenServer {
  enum Call: Sendable {
    case answer(ReplyTo<Int>)
    case hold(ReplyTo<Int>)
    case drop(ReplyTo<Int>)
    case fail(ReplyTo<Int>)
    /// Does something as the server: its own task runs it.
    case perform(@Sendable (ServerRef<Provoker>) async -> CallError?, ReplyTo<CallError?>)
  }
  enum Cast: Sendable { case wait(Gate) }

  let suspends: Bool
  var held: [ReplyTo<Int>] = []

  static func initialize(_ suspends: Bool, context: Context) -> Initial { .ok(Provoker(suspends: suspends)) }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    if suspends { await Task.yield() }
    switch call {
    case .answer(let client):
      return .reply(42, to: client)
    case .hold(let client):
      held.append(client)
      return .noReply
    case .drop:
      return .noReply
    case .fail:
      throw ProbeError("provoked")
    case .perform(let body, let client):
      return .reply(await body(context.me), to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    switch cast {
    case .wait(let gate): try await gate.pass()
    }
    return .noReply
  }
}

/// A server of another type, to hold a name.
struct Bystander: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Bystander()) }
}
