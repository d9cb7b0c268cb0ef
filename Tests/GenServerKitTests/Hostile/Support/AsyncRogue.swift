import GenServerKit

/// A rogue whose handlers are async, and suspend before and after the deed if its plan says so.
struct AsyncRogue: Rogue {
  var state: RogueState

  static func initialize(_ plan: RoguePlan, context: Context) async -> Initial {
    .ok(AsyncRogue(state: RogueState(plan: plan)))
  }

  mutating func handleCall(_ call: RogueCall, context: Context) async throws -> Next {
    await pause()
    let next = try perform(call, context)
    await pause()
    return next
  }

  mutating func handleCast(_ cast: RogueCast, context: Context) async -> Next {
    await pause()
    return .noReply
  }

  private func pause() async {
    if state.plan.suspends { await Task.yield() }
  }
}
