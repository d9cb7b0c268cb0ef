import GenServerKit

enum MinderCall: Sendable {
  /// Answered when nothing is open any more.
  case finish(ReplyTo<Void>)
}

enum MinderInfo: Sendable {
  case act
  case down(Int, Down)
  case timer(Int)
  case tick(Int)
  case ticksEnd(Int)
  case answered(Int, Tag, Result<Answer, CallError>)
}

/// A server that watches workers, asks them without waiting and sets timers, all of its own accord, and checks that each of
/// these brings what it should. There are two of them, with plain and with async handlers.
protocol Minder: GenServer
where Argument == Errand, Call == MinderCall, Info == MinderInfo {}

struct PlainMinder: Minder {
  private var state: MinderState<Self>

  static func initialize(_ argument: Errand, context: Context) -> Initial {
    .ok(Self(state: MinderState(argument.round, argument.random, context)))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .finish(let client): state.finish(client)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    state.handle(info, context)
    return .noReply
  }
}

struct AsyncMinder: Minder {
  private var state: MinderState<Self>

  static func initialize(_ argument: Errand, context: Context) async -> Initial {
    .ok(Self(state: MinderState(argument.round, argument.random, context)))
  }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .finish(let client): state.finish(client)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) async -> Next {
    await Task.yield()
    state.handle(info, context)
    return .noReply
  }
}
