import GenServerKit

/// The settings of one run.
struct SimulationSetup {
  let seed: UInt64
  var strategy = SimulationStrategy.mixed
  var stepLimit = defaultStepLimit
  var fault: PlantedFault?

  static let defaultStepLimit = 100_000

  /// The call that repeats the run.
  var call: String {
    var arguments = ["seed: \(seed)"]
    if strategy != .mixed { arguments.append("strategy: .\(strategy)") }
    if stepLimit != Self.defaultStepLimit { arguments.append("stepLimit: \(stepLimit)") }
    return "simulate(\(arguments.joined(separator: ", ")))"
  }
}

/// One run of a test, and its result.
struct SimulationRun {
  private let setup: SimulationSetup
  let choices: [UInt32]
  private let trace: SimulationTrace
  private let lastWaits: [String]
  let underlying: (any Error)?
  /// The injected faults, by place; those that did not happen have a failure that says so.
  let injected: [(place: String, missing: ExpectationFailure?)]

  /// How long a thread that waits for nothing in the simulation waits for something outside.
  private static let patience: Int64 = 100_000_000
  private static let patienceInRepetitions: Int64 = 5_000_000

  init(_ setup: SimulationSetup, isTold: Bool = false, body: @escaping (Simulation) async throws -> Void) async {
    let choices = SimulationChoices(seed: setup.seed, strategy: setup.strategy)
    await self.init(setup, choices, stepLimit: setup.stepLimit, patience: Self.patience, isTold: isTold, body: body)
  }

  /// `isTold` makes the trace say which messages are handled. It changes nothing else, but takes time.
  private init(
    _ setup: SimulationSetup, _ choices: SimulationChoices, stepLimit: Int, patience: Int64, isTold: Bool,
    body: @escaping (Simulation) async throws -> Void
  ) async {
    let seed = setup.seed
    let core = SimulationCore(choices, stepLimit: stepLimit, patience: patience, isTold: isTold)
    let executor = SimulationExecutor(core)
    let logs = LogRecorder()
    let runtime = Runtime(
      logger: logs.logger, timeSource: SimulationTimeSource(core), scheduler: SimulationScheduler(core, executor),
      randomSource: SeededRandomSource(seed: seed), faults: FaultBook(), planting: setup.fault)
    let started = StartedProcesses(in: runtime)
    let injected = InjectedFaults()
    let simulation = Simulation(
      seed: seed, runtime: runtime, logs: logs, core: core, started: started, injected: injected)
    core.runtime = runtime
    // Where the system has no thread to give, others are about to end.
    while !core.begin(executor) { await Task.yield() }
    let watch = StepWatch(core, seed: seed)
    watch.begin()
    // Only the task below uses the body, while this one waits for that task.
    nonisolated(unsafe) let body = body
    let end = await withTaskExecutorPreference(executor) {
      // This is no child task: a body that waits for ever could not be left behind.
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
    self.injected = injected.outcomes
    // What is left of the body may still refer to the executor.
    if end.isAbandoned { _ = Unmanaged.passRetained(executor) }
    core.end(end)
    self.setup = setup
    self.choices = end.choices
    trace = end.trace
    lastWaits = end.lastWaits
    let escape = end.escapes.isEmpty ? nil : SimulationError.leftSimulation(end.escapes.unique)
    underlying = escape ?? end.thrown ?? end.problem
  }

  var failure: SimulationFailure? { underlying.map { failure($0, steps: trace.count) } }

  private func failure(_ underlying: any Error, steps: Int, isRepeatable: Bool = true) -> SimulationFailure {
    SimulationFailure(
      seed: setup.seed, underlying: underlying, trace: trace.lines, steps: steps, shortenedSteps: trace.count,
      lastWaits: lastWaits, call: setup.call, isRepeatable: isRepeatable)
  }

  // Shortening.

  private static let repetitions = 200
  /// The limit for expectations, as one that fails is reported each time.
  private static let repetitionsOfExpectations = 10

  /// The failure with as few unusual decisions as still lead to it, and with the messages that were handled.
  func shortened(
    _ underlying: any Error, _ body: @escaping (Simulation) async throws -> Void
  ) async -> SimulationFailure {
    let told = await again(choices, patience: Self.patience, isTold: true, body)
    guard let error = told.underlying, isSameFailure(error, as: underlying) else {
      return failure(underlying, steps: trace.count, isRepeatable: false)
    }
    switch underlying as? SimulationError {
    // These runs take long, or depend on what the machine does.
    case .tooManySteps?, .leftSimulation?: return told.failure(error, steps: trace.count)
    default: break
    }
    let toldBest = await again(await shortest(underlying, body), isTold: true, body)
    if let error = toldBest.underlying, isSameFailure(error, as: underlying) {
      return toldBest.failure(error, steps: trace.count)
    }
    return told.failure(error, steps: trace.count)
  }

  /// The decisions of the run, with as many as possible taken back, in ever smaller parts.
  private func shortest(
    _ underlying: any Error, _ body: @escaping (Simulation) async throws -> Void
  ) async -> [UInt32] {
    var best = choices
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
    _ script: [UInt32], patience: Int64 = patienceInRepetitions, isTold: Bool,
    _ body: @escaping (Simulation) async throws -> Void
  ) async -> SimulationRun {
    await SimulationRun(
      setup, SimulationChoices(script: script), stepLimit: min(setup.stepLimit, 4 * trace.count + 1000),
      patience: patience, isTold: isTold, body: body)
  }
}

extension [String] {
  /// The elements without repetitions, in their order.
  fileprivate var unique: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
