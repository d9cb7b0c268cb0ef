public import GenServerKit

/// A runtime for one test.
public struct TestRuntime: Sendable {
  /// Where what the test starts belongs.
  public let runtime: Runtime

  /// Its time, which the test moves.
  public let clock: TestClock

  /// What its processes have logged.
  public let logs: LogRecorder
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
/// Tests that run side by side do not meet: names, pids and timers of one mean nothing in another. Processes that are
/// left are told to exit, without `terminate`, and not waited for.
///
/// - Parameters:
///   - seed: Decides the runtime's random numbers, which are the system's without one.
///   - body: The test.
@discardableResult
nonisolated(nonsending) public func withTestRuntime<Result: ~Copyable>(
  seed: UInt64? = nil, _ body: nonisolated(nonsending) (TestRuntime) async throws -> Result
) async throws -> Result {
  let source = ManualTimeSource()
  let logs = LogRecorder()
  let runtime =
    if let seed {
      Runtime(logger: logs.logger, timeSource: source, randomSource: SeededRandomSource(seed: seed))
    } else {
      Runtime(logger: logs.logger, timeSource: source)
    }
  let test = TestRuntime(runtime: runtime, clock: TestClock(source: source, runtime: runtime), logs: logs)
  defer {
    runtime.endTimers()
    for pid in runtime.processes { pid.exit(.killed) }
  }
  return try await withRuntime(runtime) { () async throws -> Result in try await body(test) }
}
