import GenServerKit

/// Servers that do what is unkind while they begin and while they end.
protocol Mortal: GenServer where Argument == MortalPlan, Cast == MortalCast {
  var plan: MortalPlan { get }

  init(plan: MortalPlan)
}

struct MortalPlan: Sendable {
  /// The processes that ran `initialize`, and those that were spawned.
  let born = Shelf<PID>()
  let spawned = Shelf<PID>()
  /// Where `initialize` of the async one stands.
  var gate: Gate?
  /// Whether it stands there whatever is cancelled.
  var isStubborn = false
  /// What kills the server while it begins, on a thread of its own.
  var killer: Elsewhere?
  /// How many it spawns in `terminate`, which then throws.
  var spawnsAtEnd = 0
}

enum MortalCast: Sendable {
  /// Spawns linked processes until it is told to exit, or until there are as many.
  case spawn(Int)
  case stop(ExitReason)
}

extension Mortal {
  static func begin(_ plan: MortalPlan, _ context: Context) -> Initial {
    let pid = context.pid
    plan.born.put(pid)
    plan.killer?.run { pid.exit(.killed) }
    return .ok(Self(plan: plan))
  }

  func handle(_ cast: MortalCast, _ context: Context) -> Next {
    switch cast {
    case .spawn(let count):
      for _ in 1...count where !context.isExiting { spawn(context) }
      // One more, now that the end is certain or near.
      spawn(context)
      return .noReply
    case .stop(let reason):
      return .stop(reason)
    }
  }

  private func spawn(_ context: Context) {
    plan.spawned.put(context.spawnLink { process in _ = try await process.receive() })
  }

  func end(_ context: Context) throws {
    if plan.spawnsAtEnd == 0 { return }
    for _ in 1...plan.spawnsAtEnd { spawn(context) }
    throw PuppetError("at the end")
  }
}

struct PlainMortal: Mortal {
  let plan: MortalPlan

  static func initialize(_ plan: MortalPlan, context: Context) -> Initial { begin(plan, context) }
  func handleCast(_ cast: MortalCast, context: Context) -> Next { handle(cast, context) }
  func terminate(_ reason: ExitReason, context: Context) async throws { try end(context) }
}

struct AsyncMortal: Mortal {
  let plan: MortalPlan

  static func initialize(_ plan: MortalPlan, context: Context) async throws -> Initial {
    let initial = begin(plan, context)
    if let gate = plan.gate {
      // In a task that nobody cancels, or where it is cancelled.
      if plan.isStubborn { try await Task { try await gate.pass() }.value } else { try await gate.pass() }
    }
    return initial
  }

  func handleCast(_ cast: MortalCast, context: Context) async -> Next {
    await Task.yield()
    return handle(cast, context)
  }

  func terminate(_ reason: ExitReason, context: Context) async throws {
    await Task.yield()
    try end(context)
  }
}
