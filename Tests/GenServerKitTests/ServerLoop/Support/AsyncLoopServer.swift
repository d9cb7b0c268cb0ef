import GenServerKit

/// A loop server whose handlers are all async, and suspend if its plan says so.
struct AsyncLoopServer: LoopServer {
  var state: LoopState

  init(_ plan: LoopPlan) { state = LoopState(plan) }

  static func initialize(_ plan: LoopPlan, context: Context) async throws -> Initial {
    if plan.suspends { await Task.yield() }
    try await plan.order.gate?.pass()
    return try initial(plan, context: context)
  }

  mutating func handleCall(_ call: LoopCall, context: Context) async throws -> Next {
    await pause()
    try await call.order?.gate?.pass()
    return try finish(call, context: context)
  }

  mutating func handleCast(_ order: Order, context: Context) async throws -> Next {
    await pause()
    try await order.gate?.pass()
    return try finish(order, context: context)
  }

  mutating func handleInfo(_ order: Order, context: Context) async throws -> Next {
    await pause()
    return try finish(order, context: context)
  }

  mutating func handleContinue(_ order: Order, context: Context) async throws -> Next {
    await pause()
    return try finish(order, context: context)
  }

  mutating func terminate(_ reason: ExitReason, context: Context) async throws {
    await pause()
    try await state.plan.gate?.pass()
    try finish(reason)
  }

  private func pause() async {
    if state.plan.suspends { await Task.yield() }
  }
}
