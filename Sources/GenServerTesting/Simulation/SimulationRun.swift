import GenServerKit

/// One run of a test, and what came of it.
struct SimulationRun {
  let seed: UInt64
  let choices: [UInt32]
  private let trace: SimulationTrace
  private let underlying: (any Error)?
  private let stepLimit: Int
  private let fault: PlantedFault?

  /// How long a thread that waits for nothing in the simulation waits for something outside.
  private static let patience: Int64 = 100_000_000
  private static let patienceInRepetitions: Int64 = 5_000_000

  /// `isTold` lets the trace say which messages are handled. It changes nothing else, and takes its time.
  init(
    _ seed: UInt64, _ choices: SimulationChoices, stepLimit: Int, patience: Int64 = patience, isTold: Bool = false,
    planting fault: PlantedFault? = nil, body: @escaping (Simulation) async throws -> Void
  ) async {
    let core = SimulationCore(choices, stepLimit: stepLimit, patience: patience, isTold: isTold)
    let executor = SimulationExecutor(core)
    let logs = LogRecorder()
    let runtime = Runtime(
      logger: logs.logger, timeSource: SimulationTimeSource(core), scheduler: SimulationScheduler(core, executor),
      randomSource: SeededRandomSource(seed: seed), planting: fault)
    let simulation = Simulation(seed: seed, runtime: runtime, logs: logs, core: core)
    core.runtime = runtime
    // Where the system has no thread to give, others are about to end.
    while !core.begin(executor) { await Task.yield() }
    // The one task below uses it while this one waits for that.
    nonisolated(unsafe) let body = body
    let end = await withTaskExecutorPreference(executor) {
      // No child task: a body that waits for ever could not be left.
      let task = Task(executorPreference: executor) {
        do {
          try await withRuntime(runtime) { () async throws in try await body(simulation) }
          core.bodyEnded(nil)
        } catch {
          core.bodyEnded(error)
        }
      }
      await withTaskCancellationHandler {
        await core.waitForOutcome()
        if core.problem != nil {
          for pid in runtime.processes { pid.exit(.killed) }
          task.cancel()
        }
        await core.waitForBody()
      } onCancel: {
        task.cancel()
      }
      runtime.endTimers()
      for pid in runtime.processes { pid.exit(.killed) }
      await core.waitUntilQuiet()
      return core.leave()
    }
    // What is left of the body may go on to refer to it.
    if core.end() { _ = Unmanaged.passRetained(executor) }
    self.seed = seed
    self.stepLimit = stepLimit
    self.fault = fault
    self.choices = end.choices
    trace = end.trace
    let escape = end.escapes.isEmpty ? nil : SimulationError.leftSimulation(end.escapes.unique)
    underlying = core.problem ?? escape ?? core.thrown
  }

  var failure: SimulationFailure? {
    underlying.map { failure($0, steps: trace.count) }
  }

  private func failure(_ underlying: any Error, steps: Int) -> SimulationFailure {
    SimulationFailure(
      seed: seed, underlying: underlying, trace: trace.lines, steps: steps, shortenedSteps: trace.count)
  }

  // Shortening.

  private static let repetitions = 200

  /// The failure with as few unusual decisions as still lead to it.
  func shortened(_ body: @escaping (Simulation) async throws -> Void) async -> SimulationFailure {
    guard let underlying else { return failure(CancellationError(), steps: 0) }
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
        let run = await again(script, isTold: false, body)
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
    let told = await again(best.choices, isTold: true, body)
    if let other = told.underlying, told.choices == best.choices, Self.isSame(other, underlying) {
      return told.failure(other, steps: trace.count)
    }
    // Something in the body is not decided by the seed.
    return best.failure(underlying, steps: trace.count)
  }

  private func again(
    _ script: [UInt32], isTold: Bool, _ body: @escaping (Simulation) async throws -> Void
  ) async -> SimulationRun {
    await SimulationRun(
      seed, SimulationChoices(script: script), stepLimit: min(stepLimit, 4 * trace.count + 1000),
      patience: Self.patienceInRepetitions, isTold: isTold, planting: fault, body: body)
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
