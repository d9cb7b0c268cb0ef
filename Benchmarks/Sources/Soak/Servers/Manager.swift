import GenServerKit

/// Starts workers linked to itself, traps exits, and starts another for each that ends.
struct Manager: GenServer {
  enum Call: Sendable { case children(ReplyTo<[PID]>) }
  enum Info: Sendable {
    case exited(Exit)
    case fill
  }

  private static let size = 4

  private let round: Round
  private var random: SeededGenerator
  private var children: Set<PID> = []
  private let token: Token

  static func initialize(_ argument: Errand, context: Context) async -> Initial {
    context.trapExits { .exited($0) }
    var manager = Self(
      round: argument.round, random: argument.random, token: Token(argument.round.states))
    await manager.fill(context)
    return .ok(manager)
  }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .children(let client): .reply(Array(children), to: client)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) async -> Next {
    switch info {
    case .exited(let exit) where exit.pid == context.pid:
      // Sent by somebody who is no process, and as good as a stop.
      return .stop(exit.reason)
    case .exited(let exit):
      // Who is no child has told of its end twice, or was never linked.
      require(children.remove(exit.pid) != nil, "a manager heard of the end of \(exit.pid), which is no child of it")
      round.totals.restarts.add()
      await fill(context)
    case .fill: await fill(context)
    }
    return .noReply
  }

  private mutating func fill(_ context: Context) async {
    while children.count < Self.size, !round.isOver {
      let traits = WorkerTraits.random(isSteady: false, using: &random)
      do {
        children.insert(try await round.start(traits, linked: true))
      } catch {
        // It can be killed while it starts.
        if !round.isOver { context.send(.fill, after: .milliseconds(1)) }
        return
      }
    }
  }
}
