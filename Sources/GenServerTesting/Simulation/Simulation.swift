public import GenServerKit

/// A system of processes that runs on one thread, in an order that a seed picks, in time that moves only when all wait.
public struct Simulation: Sendable {
  public let seed: UInt64
  public let runtime: Runtime

  /// The records that its processes have logged.
  public let logs: LogRecorder

  let core: SimulationCore
  let started: StartedProcesses
  let injected: InjectedFaults

  public var now: ContinuousClock.Instant { ContinuousClock.Instant(nanoseconds: core.now) }

  /// Waits for `duration`, and until all that was due by then has been handled; others run meanwhile. It ends early in
  /// a cancelled task.
  public func advance(by duration: Duration) async {
    await core.sleep(for: duration, by: runtime.timeSource)
    await core.waitUntilQuiet()
  }

  /// Waits until no process and no other task has anything to do at this instant.
  public func settle() async { await core.waitUntilQuiet() }

  static func misuse(of function: String, on actor: (any Actor)? = nil) -> SimulationError? {
    if Runtime.current.isSimulation { return .insideSimulation(function) }
    // The values that the body captures may belong to that actor.
    return actor == nil ? nil : .onActor
  }
}

/// Runs `body` once, in the order that `seed` picks: the same seed gives the same order, on every machine.
///
/// ```swift
/// try await simulate(seed: 7) { simulation in
///   let store = try await SessionStore.start()
///   let id = try await store.create(userID: "ann")
///   await simulation.advance(by: .seconds(7200))
///   try #require(try await Sys.state(of: store) { $0.sessions[id] == nil })
/// }
/// ```
///
/// Processes, their handlers, the tasks of the body (groups and `async let`) and timers take turns on one thread. The
/// seed decides who is next, whether a call runs on its caller's thread or through the mailbox, how many messages a
/// process may handle in a row, the order of timers at the same instant, and the runtime's random numbers. When all
/// wait, time jumps to the next timer; when all wait and there is none, that is a deadlock, and the run fails with a
/// report of who waits for whom.
///
/// Detached and unstructured tasks, `Task.sleep`, the main actor and threads run elsewhere, where the seed decides
/// nothing: the run fails if such a task is started, or something from elsewhere takes part. The order in which sets
/// and dictionaries hand out their elements is not decided by the seed either.
///
/// When the run cannot go on, its body is cancelled, and left behind if it takes no notice.
///
/// - Parameters:
///   - seed: Decides the run.
///   - strategy: How the process or task that runs next is picked.
///   - stepLimit: The number of turns and lent calls after which the run fails.
///   - body: The test. It should throw where something is wrong, with `try #require(...)`, so that the seed is
///     reported.
/// - Throws: `SimulationFailure` with what `body` threw, or with a `SimulationError`; a bare `SimulationError` where it
///   was called on an actor or inside of another simulation; `CancellationError` in a cancelled task.
nonisolated(nonsending) public func simulate(
  seed: UInt64, strategy: SimulationStrategy = .mixed, stepLimit: Int = 100_000,
  _ body: @escaping (Simulation) async throws -> Void
) async throws {
  if let misuse = Simulation.misuse(of: "simulate", on: #isolation) { throw misuse }
  let setup = SimulationSetup(seed: seed, strategy: strategy, stepLimit: stepLimit)
  let run = await SimulationRun(setup, isTold: true, body: body)
  try Task.checkCancellation()
  if let failure = run.failure { throw failure }
}

/// Runs `body` once for each seed, and throws a `SimulationFailure` for the first that fails.
///
/// ```swift
/// @Test func eachConnectionIsLentOnce() async throws {
///   try await simulate(seeds: 0..<1000) { simulation in ... }
/// }
/// ```
///
/// Its trace is made shorter by running `body` again with fewer unusual decisions, as long as it fails in the same way.
/// If a run does not fail in the same way when it is repeated with the same decisions, the failure says so. A fault of
/// `Simulation.faults` that happened with no seed fails the test with an `ExpectationFailure`. See
/// ``simulate(seed:strategy:stepLimit:_:)``.
nonisolated(nonsending) public func simulate(
  seeds: Range<UInt64>, strategy: SimulationStrategy = .mixed, stepLimit: Int = 100_000,
  _ body: @escaping (Simulation) async throws -> Void
) async throws {
  try await simulate(seeds: seeds, strategy: strategy, stepLimit: stepLimit, planting: nil, body)
}

nonisolated(nonsending) package func simulate(
  seeds: Range<UInt64>, strategy: SimulationStrategy = .mixed, stepLimit: Int = 100_000,
  planting fault: PlantedFault?,
  _ body: @escaping (Simulation) async throws -> Void
) async throws {
  if let misuse = Simulation.misuse(of: "simulate", on: #isolation) { throw misuse }
  if seeds.isEmpty { throw SimulationError.noSeeds }
  var happened: Set<String> = []
  var missing: [(place: String, failure: ExpectationFailure)] = []
  for seed in seeds {
    let setup = SimulationSetup(seed: seed, strategy: strategy, stepLimit: stepLimit, fault: fault)
    let run = await SimulationRun(setup, body: body)
    try Task.checkCancellation()
    if let error = run.underlying { throw await run.shortened(error, body) }
    for (place, failure) in run.injected {
      guard let failure else {
        happened.insert(place)
        continue
      }
      if missing.allSatisfy({ $0.place != place }) { missing.append((place, failure)) }
    }
  }
  if let (_, failure) = missing.first(where: { !happened.contains($0.place) }) { throw failure }
}

/// The decisions of one run, in their order; for the library's own tests.
nonisolated(nonsending) package func decisions(
  withSeed seed: UInt64, isTold: Bool, _ body: @escaping (Simulation) async throws -> Void
) async throws -> [UInt32] {
  let run = await SimulationRun(SimulationSetup(seed: seed), isTold: isTold, body: body)
  if let failure = run.failure { throw failure }
  return run.choices
}
