import GenServerKit
import GenServerTesting
import Testing

/// Starts and ends in all the ways there are.
private struct Mayfly: GenServer {
  enum Plan: Int, CaseIterable, Sendable {
    case start, slowly, ignore, fail, throwing
  }

  enum Event: Hashable, Sendable {
    case initialized(Int)
    case terminated(Int)
  }

  enum Cast: Sendable { case crash }
  struct Crash: Error {}

  let number: Int
  let journal: Journal<Event>

  static func initialize(
    _ argument: (number: Int, plan: Plan, journal: Journal<Event>), context: Context
  ) async throws -> Initial {
    switch argument.plan {
    case .ignore: return .ignore
    case .fail: return .stop(.shutdown)
    case .throwing: throw Crash()
    case .slowly: for _ in 0..<3 { await Task.yield() }
    case .start: break
    }
    argument.journal.write(.initialized(argument.number))
    return .ok(Self(number: argument.number, journal: argument.journal))
  }

  func handleCast(_ cast: Cast, context: Context) throws -> Next { throw Crash() }

  func terminate(_ reason: ExitReason, context: Context) async throws {
    await Task.yield()
    journal.write(.terminated(number))
  }
}

/// Starts and stops by many at once: each has an end, nothing is left over, `terminate` runs once where it should.
enum LifeProperty {
  static func holds(_ simulation: Simulation) async throws {
    let journal = Journal<Mayfly.Event>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<6 { group.addTask { try await live(number, journal, simulation) } }
      try await group.waitForAll()
    }
    await simulation.settle()
    try check(simulation.runtime.processes.isEmpty, "left over: \(simulation.runtime.processes)")
    let events = journal.all
    try check(Set(events).count == events.count, "something happened twice: \(events)")
    for case .terminated(let number) in events {
      try check(events.contains(.initialized(number)), "\(number) was terminated and never there")
    }
  }

  private static func live(_ number: Int, _ journal: Journal<Mayfly.Event>, _ simulation: Simulation) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let plan = Mayfly.Plan.allCases.randomElement(using: &random) ?? .start
    let timeout: Timeout = Bool.random(using: &random) ? .infinity : .milliseconds(1)
    let server: ServerRef<Mayfly>
    do throws(StartError) {
      server = try await Mayfly.start((number, plan, journal), timeout: timeout)
    } catch {
      let fits =
        switch (plan, error) {
        case (.ignore, .ignored), (.fail, .failed), (.throwing, .failed), (_, .timeout): true
        default: false
        }
      return try check(fits, "\(plan) led to \(error)")
    }
    let way = Int.random(in: 0..<4, using: &random)
    let reasons = await withTaskGroup(of: ExitReason.self) { group in
      for _ in 0..<2 { group.addTask { await server.waitForExit() } }
      switch way {
      case 0: server.pid?.exit(.killed)
      case 1: server.cast(.crash)
      default:
        for _ in 0..<2 {
          group.addTask {
            _ = try? await server.stop()
            return await server.waitForExit()
          }
        }
      }
      var reasons: [ExitReason] = []
      for await reason in group { reasons.append(reason) }
      return reasons
    }
    try check(Set(reasons.map { "\($0)" }).count == 1, "one end, and \(reasons)")
    try check(!server.isAlive, "\(server) has ended and is alive")
    if way > 1 { try check(journal.all.contains(.terminated(number)), "\(number) was not terminated") }
  }
}

@Suite("Lives, simulated", .timeLimit(.minutes(10))) struct LifePropertyTests {
  @Test("Each start and each stop has an end, and nothing is left over")
  func holds() async throws { try await simulate(seeds: Seeds.all, LifeProperty.holds) }
}
