import GenServerKit

/// A server that does with reply handles whatever can be done with them.
protocol Rogue: GenServer where Argument == RoguePlan, Call == RogueCall, Cast == RogueCast {
  var state: RogueState { get set }
}

enum RogueCast: Sendable { case nothing }

struct RogueState {
  let plan: RoguePlan
  /// Requests without an answer, oldest first.
  var kept: [RogueCall] = []

  mutating func takeOldest() -> RogueCall? { kept.isEmpty ? nil : kept.removeFirst() }
}

extension Rogue {
  mutating func perform(_ call: RogueCall, _ context: Context) throws -> Next {
    switch call.deed {
    case .reply, .replyThroughHandle, .replyFromThread, .replyFromTask: reply(call, context)
    case .replyTwice, .replyAndReturnReply, .buildAndReplyThroughHandle, .replyTwiceFromThreads: replyTwice(call)
    case .drop, .dropFromThread, .buildAndDrop, .buildAndDropThenReply: drop(call)
    case .keep, .keepAndReplyFromThread, .shelve, .replyToOldest, .dropKept, .buildAndDropForOldest: keep(call)
    case .throwError, .throwAfterBuilding, .throwAfterBuildingForOldest, .throwAfterReplying, .keepAndThrow:
      try fail(call)
    case .stop, .stopReplying, .exit, .exitAndReply: end(call, context)
    }
  }

  private func reply(_ call: RogueCall, _ context: Context) -> Next {
    switch call.deed {
    case .replyThroughHandle: call.give(call.answer)
    case .replyFromThread: state.plan.elsewhere.run { call.give(call.answer) }
    case .replyFromTask: Task { call.give(call.answer) }
    default: return .reply(call.answer, to: call.client)
    }
    return .noReply
  }

  private func replyTwice(_ call: RogueCall) -> Next {
    switch call.deed {
    case .replyTwice:
      call.give(call.answer)
      state.plan.journal.write("second: \(call.give(call.wrongAnswer))")
    case .replyAndReturnReply:
      call.give(call.answer)
      return .reply(call.wrongAnswer, to: call.client)
    case .buildAndReplyThroughHandle:
      let next: Next = .reply(call.answer, to: call.client)
      state.plan.journal.write("second: \(call.give(call.wrongAnswer))")
      return next
    default:
      for _ in 1...2 { state.plan.elsewhere.run { call.give(call.answer) } }
    }
    return .noReply
  }

  private func drop(_ call: RogueCall) -> Next {
    switch call.deed {
    case .dropFromThread: state.plan.elsewhere.run { withExtendedLifetime(call) {} }
    case .buildAndDrop: build(call)
    case .buildAndDropThenReply:
      build(call)
      return .reply(call.answer, to: call.client)
    default: break
    }
    return .noReply
  }

  private mutating func keep(_ call: RogueCall) -> Next {
    switch call.deed {
    case .keep: state.kept.append(call)
    case .keepAndReplyFromThread:
      state.kept.append(call)
      state.plan.elsewhere.run { call.give(call.answer) }
    case .shelve: state.plan.shelf.put(call.client)
    case .replyToOldest:
      guard let oldest = state.takeOldest() else { return .reply(call.answer, to: call.client) }
      call.give(call.answer)
      return .reply(oldest.answer, to: oldest.client)
    case .dropKept:
      state.kept = []
      return .reply(call.answer, to: call.client)
    default:
      if let oldest = state.kept.first { build(oldest) }
      return .reply(call.answer, to: call.client)
    }
    return .noReply
  }

  private mutating func fail(_ call: RogueCall) throws -> Next {
    switch call.deed {
    case .throwAfterBuilding: try buildAndThrow(call)
    case .throwAfterBuildingForOldest: try buildAndThrow(state.kept.first ?? call)
    case .throwAfterReplying: call.give(call.answer)
    case .keepAndThrow:
      state.kept.append(call)
      try buildAndThrow(call)
    default: break
    }
    throw RogueError()
  }

  private mutating func end(_ call: RogueCall, _ context: Context) -> Next {
    switch call.deed {
    case .stopReplying: return .stop(.shutdown, replying: call.answer, to: call.client)
    case .exit:
      context.pid.exit(.killed)
      state.kept.append(call)
      return .noReply
    case .exitAndReply:
      context.pid.exit(.killed)
      return .reply(call.answer, to: call.client)
    default:
      state.kept.append(call)
      return .stop(.shutdown)
    }
  }

  /// Builds an answer that must never arrive, and drops it.
  private func build(_ call: RogueCall) {
    let _: Next = .reply(call.wrongAnswer, to: call.client)
  }

  private func buildAndThrow(_ call: RogueCall) throws {
    let next: Next = .reply(call.wrongAnswer, to: call.client)
    try refuse(next)
  }

  private func refuse(_: consuming Next) throws { throw RogueError() }
}
