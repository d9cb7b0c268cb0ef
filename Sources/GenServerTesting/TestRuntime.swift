public import GenServerKit

/// A runtime for one test.
public struct TestRuntime: Sendable {
  /// The runtime of everything that the test starts.
  public let runtime: Runtime

  /// The runtime's clock, which the test moves.
  public let clock: TestClock

  /// The records that its processes have logged.
  public let logs: LogRecorder

  let started: StartedProcesses
  let injected: InjectedFaults
}

/// Runs `body` in a runtime of its own, whose clock the test moves, and ends every process of it afterwards.
///
/// ```swift
/// @Test func countersCount() async throws {
///   try await withTestRuntime { test in
///     let counter = try await Counter.start(0)
///     #expect(try await counter.increment() == 1)
///     #expect(test.logs.entries.isEmpty)
///   }
/// }
/// ```
///
/// Tests that run side by side do not meet: names, pids and timers of one mean nothing in another. What
/// `TestRuntime.start` and `TestRuntime.spawn` have started is stopped at the end, the last one first, and waited for;
/// the other processes that are left are told to exit, without `terminate`, and not waited for.
///
/// - Parameters:
///   - seed: The seed of the runtime's random numbers; without one they are the system's.
///   - body: The test.
/// - Throws: What `body` throws, else `ExpectationFailure` if a server that `TestRuntime.start` has started crashed
///   without the test expecting it, or could not be stopped, if an injected fault did not happen, or if a wait for
///   timers was in vain.
@discardableResult
nonisolated(nonsending) public func withTestRuntime<Result: ~Copyable>(
  seed: UInt64? = nil, _ body: nonisolated(nonsending) (TestRuntime) async throws -> Result
) async throws -> Result {
  if let misuse = Simulation.misuse(of: "withTestRuntime") { throw misuse }
  let source = ManualTimeSource()
  let scheduler = TestScheduler()
  let logs = LogRecorder()
  let faults = FaultBook()
  let runtime =
    if let seed {
      Runtime(
        logger: logs.logger, timeSource: source, scheduler: scheduler, randomSource: SeededRandomSource(seed: seed),
        faults: faults)
    } else {
      Runtime(logger: logs.logger, timeSource: source, scheduler: scheduler, faults: faults)
    }
  let clock = TestClock(source, scheduler, of: runtime)
  let started = StartedProcesses(in: runtime)
  let test = TestRuntime(
    runtime: runtime, clock: clock, logs: logs, started: started,
    injected: InjectedFaults())
  defer {
    runtime.endTimers()
    for pid in runtime.processes { pid.exit(.killed) }
  }
  let result: Result
  do {
    result = try await withRuntime(runtime) { () async throws -> Result in try await body(test) }
  } catch {
    _ = await started.stopAll()
    throw error
  }
  // Servers that are stopped handle what lies in their mailboxes first.
  if let failure = await started.stopAll() ?? clock.failure ?? test.injected.missing { throw failure }
  return result
}
