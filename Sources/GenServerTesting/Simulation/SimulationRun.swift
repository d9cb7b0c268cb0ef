import GenServerKit

/// One run of a test, and what came of it.
struct SimulationRun {
  let seed: UInt64
  let choices: [UInt32]
  private let trace: SimulationTrace
  private let lastWaits: [String]
  private let underlying: (any Error)?
  /// What was injected and did not happen.
  let missingFault: ExpectationFailure?
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
      randomSource: SeededRandomSource(seed: seed), faults: FaultBook(), planting: fault)
    let started = StartedProcesses(in: runtime)
    let injected = InjectedFaults()
    let simulation = Simulation(
      seed: seed, runtime: runtime, logs: logs, core: core, started: started, injected: injected)
    core.runtime = runtime
    // Where the system has no thread to give, others are about to end.
    while !core.begin(executor) { await Task.yield() }
    let watch = StepWatch(core, seed: seed)
    watch.begin()
    // The one task below uses it while this one waits for that.
    nonisolated(unsafe) let body = body
    let end = await withTaskExecutorPreference(executor) {
      // No child task: a body that waits for ever could not be left.
      let task = Task(executorPreference: executor) {
        do {
          let crash = try await withRuntime(runtime) { () async throws in
            try await body(simulation)
            return await started.stopAll()
          }
          core.bodyEnded(crash)
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
    watch.end()
    started.forget()
    missingFault = injected.missing
    // What is left of the body may go on to refer to it.
    if core.end() { _ = Unmanaged.passRetained(executor) }
    self.seed = seed
    self.stepLimit = stepLimit
    self.fault = fault
    self.choices = end.choices
    trace = end.trace
    lastWaits = core.lastWaits
    let escape = end.escapes.isEmpty ? nil : SimulationError.leftSimulation(end.escapes.unique)
    underlying = escape ?? core.problem ?? core.thrown
  }

  var failed: Bool { underlying != nil }
  var failure: SimulationFailure? { underlying.map { failure($0, steps: trace.count) } }

  private func failure(_ underlying: any Error, steps: Int, isRepeatable: Bool = true) -> SimulationFailure {
    SimulationFailure(
      seed: seed, underlying: underlying, trace: trace.lines, steps: steps, shortenedSteps: trace.count,
      lastWaits: lastWaits, isRepeatable: isRepeatable)
  }

  // Shortening.

  private static let repetitions = 200
  /// An expectation that fails is reported each time.
  private static let repetitionsOfExpectations = 10

  /// The failure with as few unusual decisions as still lead to it, and with the messages that were handled.
  func shortened(_ body: @escaping (Simulation) async throws -> Void) async -> SimulationFailure {
    guard let underlying else { return failure(CancellationError(), steps: 0) }
    let told = await again(choices, isTold: true, body)
    guard let again = told.underlying, isSameFailure(again, as: underlying) else {
      return failure(underlying, steps: trace.count, isRepeatable: false)
    }
    if case .tooManySteps? = underlying as? SimulationError { return told.failure(again, steps: trace.count) }
    let best = await shortest(body)
    let toldBest = await self.again(best, isTold: true, body)
    if let error = toldBest.underlying, isSameFailure(error, as: underlying) {
      return toldBest.failure(error, steps: trace.count)
    }
    return told.failure(again, steps: trace.count)
  }

  /// Its decisions with as many as possible taken back, in ever smaller parts.
  private func shortest(_ body: @escaping (Simulation) async throws -> Void) async -> [UInt32] {
    var best = choices
    guard let underlying else { return best }
    var left = Self.repetitions
    var failuresLeft =
      ThrownExpectation.place(of: underlying) == nil ? Self.repetitions : Self.repetitionsOfExpectations
    var part = max(1, best.count(where: { $0 != 0 }) / 2)
    while true {
      var hasChanged = false
      var place = 0
      while true {
        let unusual = best.indices.filter { best[$0] != 0 }
        guard place < unusual.count else { break }
        if left == 0 || failuresLeft == 0 { return best }
        var script = best
        for index in unusual[place...].prefix(part) { script[index] = 0 }
        left -= 1
        let run = await again(script, isTold: false, body)
        if run.underlying != nil { failuresLeft -= 1 }
        let isShorter = run.choices.count(where: { $0 != 0 }) < unusual.count
        if let other = run.underlying, isShorter, isSameFailure(other, as: underlying) {
          best = run.choices
          hasChanged = true
        } else {
          place += part
        }
      }
      if part == 1 && !hasChanged { return best }
      part = max(1, part / 2)
    }
  }

  private func again(
    _ script: [UInt32], isTold: Bool, _ body: @escaping (Simulation) async throws -> Void
  ) async -> SimulationRun {
    await SimulationRun(
      seed, SimulationChoices(script: script), stepLimit: min(stepLimit, 4 * trace.count + 1000),
      patience: Self.patienceInRepetitions, isTold: isTold, planting: fault, body: body)
  }
}

extension [String] {
  /// Without repetitions, in their order.
  fileprivate var unique: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
