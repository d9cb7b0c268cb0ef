import GenServerKit

/// A probe whose handlers are all plain.
struct PlainProbe: Probe {
  var state: ProbeState

  init(_ plan: ProbePlan) { state = ProbeState(plan) }

  static func initialize(_ plan: ProbePlan, context: Context) throws -> Initial {
    try plan.begin(context.pid)
    defer { plan.end() }
    plan.gate?.block()
    return try initial(plan)
  }

  mutating func handleCall(_ call: ProbeCall, context: Context) throws -> Next {
    begin(call)?.block()
    return try finish(call, context: context)
  }

  mutating func handleCast(_ cast: ProbeCast, context: Context) throws -> Next {
    begin(cast)?.block()
    return try finish(cast)
  }

  mutating func handleInfo(_ info: ProbeInfo, context: Context) -> Next { finish(info) }

  mutating func handleContinue(_ step: ProbeStep, context: Context) throws -> Next { try finish(step) }

  mutating func terminate(_ reason: ExitReason, context: Context) { finish(reason) }
}
