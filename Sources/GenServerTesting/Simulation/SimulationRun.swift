import GenServerKit

/// One run of a test, and what came of it.
struct SimulationRun {
  let seed: UInt64
  private let choices: [UInt32]
  private let trace: SimulationTrace
  private let underlying: (any Error)?
  private let stepLimit: Int
  private let fault: PlantedFault?

  /// How long a thread that waits for nothing in the simulation waits for something outside.
  private static let patience: Int64 = 100_000_000
  private static let patienceInRepetitions: Int64 = 5_000_000

  init(
    _ seed: UInt64, _ choices: SimulationChoices, stepLimit: Int, patience: Int64 = patience,
    planting fault: PlantedFault? = nil, body: @escaping (Simulation) async throws -> Void
  ) async {
    let core = SimulationCore(choices, stepLimit: stepLimit, patience: patience)
    let executor = SimulationExecutor(core)
    let logs = LogRecorder()
    let runtime = Runtime(
      logger: logs.logger, timeSource: SimulationTimeSource(core), scheduler: SimulationScheduler(core, executor),
      randomSource: SeededRandomSource(seed: seed), planting: fault)
    let simulation = Simulation(seed: seed, runtime: runtime, logs: logs, core: core)
    core.waiting = { [unowned runtime] in SimulationRun.waiting(in: runtime) }
    // Where the system has no thread to give, others are about to end.
    while !core.begin(executor) { await Task.yield() }
    // The one task below uses it while this one waits for that.
    nonisolated(unsafe) let body = body
    let (thrown, end) = await withTaskExecutorPreference(executor) {
      await withTaskGroup(of: (any Error)?.self) { group in
        group.addTask {
          defer { core.conclude() }
          do {
            try await withRuntime(runtime) { () async throws in try await body(simulation) }
            return nil
          } catch {
            return error
          }
        }
        await core.waitForOutcome()
        if core.problem != nil {
          for pid in runtime.processes { pid.exit(.killed) }
          group.cancelAll()
        }
        let thrown = await group.next() ?? nil
        runtime.endTimers()
        for pid in runtime.processes { pid.exit(.killed) }
        await core.waitUntilQuiet()
        return (thrown, core.leave())
      }
    }
    core.end()
    self.seed = seed
    self.stepLimit = stepLimit
    self.fault = fault
    self.choices = end.choices
    trace = end.trace
    underlying = core.problem ?? (end.escapes.isEmpty ? thrown : SimulationError.leftSimulation(end.escapes.unique))
  }

  var failure: SimulationFailure? {
    underlying.map { SimulationFailure(seed: seed, underlying: $0, trace: trace.lines, steps: trace.count) }
  }

  /// A line for each process that is left.
  private static func waiting(in runtime: Runtime) -> [String] {
    runtime.processes.map { pid in
      guard let snapshot = pid.snapshot else { return "\(pid.core.title) has ended" }
      let others = snapshot.waitsFor.map { " waits for \($0.core.title)" } ?? " is \(snapshot.status)"
      return pid.core.title + others + (snapshot.mailboxCount > 0 ? ", with \(snapshot.mailboxCount) messages" : "")
    }
  }

  // Shortening.

  private static let repetitions = 200

  /// The failure with as few unusual decisions as still lead to it.
  func shortened(_ body: @escaping (Simulation) async throws -> Void) async -> SimulationFailure {
    guard let failure, let underlying else {
      return SimulationFailure(seed: seed, underlying: CancellationError(), trace: [], steps: 0)
    }
    var best = self
    var left = Self.repetitions
    var part = max(1, choices.count(where: { $0 != 0 }) / 2)
    while left > 0 {
      var hasChanged = false
      var place = 0
      while left > 0 {
        let unusual = best.choices.indices.filter { best.choices[$0] != 0 }
        guard place < unusual.count else { break }
        var script = best.choices
        for index in unusual[place...].prefix(part) { script[index] = 0 }
        left -= 1
        let run = await SimulationRun(
          seed, SimulationChoices(script: script), stepLimit: min(stepLimit, 4 * trace.count + 1000),
          patience: Self.patienceInRepetitions, planting: fault, body: body)
        let isShorter = run.choices.count(where: { $0 != 0 }) < unusual.count
        if let other = run.underlying, isShorter, Self.isSame(other, underlying) {
          best = run
          hasChanged = true
        } else {
          place += part
        }
      }
      if part == 1 && !hasChanged { break }
      part = max(1, part / 2)
    }
    return SimulationFailure(
      seed: seed, underlying: underlying, trace: best.trace.lines, steps: failure.steps)
  }

  private static func isSame(_ one: any Error, _ other: any Error) -> Bool {
    switch (one as? SimulationError, other as? SimulationError) {
    case (.deadlock?, .deadlock?), (.leftSimulation?, .leftSimulation?), (.tooManySteps?, .tooManySteps?): true
    case (nil, nil): type(of: one) == type(of: other)
    default: false
    }
  }
}

extension [String] {
  /// Without repetitions, in their order.
  fileprivate var unique: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
