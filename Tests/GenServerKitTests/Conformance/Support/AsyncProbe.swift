import GenServerKit

/// A probe whose handlers are all async, and suspend if its plan says so.
struct AsyncProbe: Probe {
  var state: ProbeState

  init(_ plan: ProbePlan) { state = ProbeState(plan) }

  static func initialize(_ plan: ProbePlan, context: Context) async throws -> Initial {
    try plan.begin(context.pid)
    defer { plan.end() }
    if plan.suspends { await Task.yield() }
    do {
      try await plan.gate?.pass()
    } catch {
      // Letting go takes a moment too.
      if plan.suspends { for _ in 1...3 { await Task.yield() } }
      throw error
    }
    return try initial(plan)
  }

  mutating func handleCall(_ call: ProbeCall, context: Context) async throws -> Next {
    let gate = begin(call)
    await pause()
    try await gate?.pass()
    return try finish(call, context: context)
  }

  mutating func handleCast(_ cast: ProbeCast, context: Context) async throws -> Next {
    let gate = begin(cast)
    await pause()
    try await gate?.pass()
    return try finish(cast)
  }

  mutating func handleInfo(_ info: ProbeInfo, context: Context) async -> Next {
    await pause()
    return finish(info)
  }

  mutating func handleContinue(_ step: ProbeStep, context: Context) async throws -> Next {
    await pause()
    return try finish(step)
  }

  mutating func terminate(_ reason: ExitReason, context: Context) async {
    await pause()
    finish(reason)
  }

  private func pause() async {
    if state.suspends { await Task.yield() }
  }
}
