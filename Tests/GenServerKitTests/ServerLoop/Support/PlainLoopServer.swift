import GenServerKit

/// A loop server whose handlers are all plain.
struct PlainLoopServer: LoopServer {
  var state: LoopState

  init(_ plan: LoopPlan) { state = LoopState(plan) }

  static func initialize(_ plan: LoopPlan, context: Context) throws -> Initial {
    plan.order.gate?.block()
    return try initial(plan, context: context)
  }

  mutating func handleCall(_ call: LoopCall, context: Context) throws -> Next {
    call.order?.gate?.block()
    return try finish(call, context: context)
  }

  mutating func handleCast(_ order: Order, context: Context) throws -> Next {
    order.gate?.block()
    return try finish(order, context: context)
  }

  mutating func handleInfo(_ order: Order, context: Context) throws -> Next { try finish(order, context: context) }

  mutating func handleContinue(_ order: Order, context: Context) throws -> Next { try finish(order, context: context) }

  mutating func terminate(_ reason: ExitReason, context: Context) throws {
    state.plan.gate?.block()
    try finish(reason)
  }
}
