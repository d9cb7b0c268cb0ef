import GenServerKit

struct PlainRogue: Rogue {
  var state: RogueState

  static func initialize(_ plan: RoguePlan, context: Context) -> Initial {
    .ok(PlainRogue(state: RogueState(plan: plan)))
  }

  mutating func handleCall(_ call: RogueCall, context: Context) throws -> Next { try perform(call, context) }

  mutating func handleCast(_ cast: RogueCast, context: Context) -> Next { .noReply }
}
