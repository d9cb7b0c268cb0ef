import GenServerKit
import GenServerTesting
import Testing

/// Begins in all the ways there are, and may be killed meanwhile.
private struct Seedling: GenServer {
  enum Plan: Int, CaseIterable, Sendable {
    case grow, slowly, ignore, stop, crash
  }

  struct Crash: Error {}

  static func initialize(
    _ argument: (plan: Plan, isKilled: Bool, born: Journal<PID>), context: Context
  ) async throws -> Initial {
    let pid = context.pid
    argument.born.write(pid)
    if argument.isKilled { spawn { _ in pid.exit(.killed) } }
    switch argument.plan {
    case .grow: break
    case .slowly: for _ in 0..<3 { await Task.yield() }
    case .ignore: return .ignore
    case .stop: return .stop(.shutdown)
    case .crash: throw Crash()
    }
    return .ok(Self())
  }

  func terminate(_ reason: ExitReason, context: Context) async { await Task.yield() }
}

/// A start fails, and then nothing is left of it, or it brings one message of the end, and never both.
enum StartProperty {
  static func holds(_ simulation: Simulation) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<3 {
        group.addTask {
          try await withProcess { process in
            process.trapExits()
            for _ in 0..<2 { try await start(ProcessName("plot \(client)"), process, simulation) }
            await simulation.settle()
            let more = try await process.receive(timeout: .seconds(0))
            try check(more == nil, "came of nothing: \(String(describing: more))")
            let snapshot = process.snapshot
            try check(snapshot.links.isEmpty && snapshot.monitors.isEmpty, "links or watches are left")
          }
        }
      }
      try await group.waitForAll()
    }
    await simulation.settle()
    try check(simulation.runtime.processes.isEmpty, "left over: \(simulation.runtime.processes)")
    try check(simulation.runtime.registeredNames.isEmpty, "names are left: \(simulation.runtime.registeredNames)")
  }

  private static func start(
    _ name: ProcessName<Seedling>, _ process: RawProcess, _ simulation: Simulation
  ) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let plan = Seedling.Plan.allCases.randomElement(using: &random) ?? .grow
    let isKilled = Bool.random(using: &random)
    let timeout: Timeout = Bool.random(using: &random) ? .infinity : .milliseconds(1)
    let born = Journal<PID>()
    let pid: PID?
    let monitor: Monitor?
    do throws(StartError) {
      if Bool.random(using: &random) {
        pid = try await Seedling.startLink((plan, isKilled, born), name: name, timeout: timeout).pid
        monitor = nil
      } else {
        let started = try await Seedling.startMonitored((plan, isKilled, born), name: name, timeout: timeout)
        (pid, monitor) = (started.server.pid, started.monitor)
      }
    } catch {
      let fits =
        switch (plan, error) {
        case (.ignore, .ignored), (.stop, .failed), (.crash, .failed), (_, .timeout): true
        case (_, .failed(.killed, _)): isKilled
        default: false
        }
      try check(fits, "\(plan), killed \(isKilled), led to \(error)")
      try check(Seedling.whereis(name) == nil, "the name is held after \(error)")
      if case .timeout = error {} else { try check(born.all.allSatisfy { !$0.isAlive }, "it lives after \(error)") }
      return
    }
    guard let pid = pid ?? born.all.first else { throw Broken("a server without a pid") }
    try check(plan == .grow || plan == .slowly, "\(plan) was a start")
    if !isKilled { pid.exit(.killed) }
    let (ended, reason): (PID, ExitReason)
    if let monitor {
      let down = try await process.receive(Down.self) { $0.monitor == monitor }
      (ended, reason) = (down.pid, down.reason)
    } else {
      let exit = try await process.receive(Exit.self)
      (ended, reason) = (exit.pid, exit.reason)
    }
    try check(ended == pid && reason == .killed, "\(ended) ended because of \(reason)")
    try check(Seedling.whereis(name) == nil, "the name is held when the end is told")
  }
}

/// Servers that are started while their runtime is shut down end, or do not begin.
enum ShutdownProperty {
  static func holds(_ simulation: Simulation) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let born = Journal<PID>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      let waits = Int.random(in: 0..<6, using: &random)
      for number in 0..<4 {
        group.addTask {
          let name = number % 2 == 0 ? ProcessName<Seedling>("plot") : nil
          let started = try? await Seedling.start((number < 2 ? .grow : .slowly, false, born), name: name)
          _ = await started?.waitForExit()
        }
      }
      group.addTask {
        for _ in 0..<waits { await Task.yield() }
        try await simulation.runtime.shutdown()
        try check(simulation.runtime.processes.isEmpty, "left over: \(simulation.runtime.processes)")
      }
      try await group.waitForAll()
    }
    try check(born.all.allSatisfy { !$0.isAlive }, "some live on")
    try check(Seedling.whereis("plot") == nil, "the name is held")
  }
}

@Suite("Starts, simulated", .timeLimit(.minutes(10))) struct StartPropertyTests {
  @Test("A start fails and leaves nothing, or brings one message of the end")
  func holds() async throws { try await simulate(seeds: Seeds.all, StartProperty.holds) }

  @Test("A start during a shutdown leaves no process that neither runs nor ends")
  func shutdown() async throws { try await simulate(seeds: Seeds.all, ShutdownProperty.holds) }
}
