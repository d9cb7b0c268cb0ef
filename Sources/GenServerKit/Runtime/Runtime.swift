private import GenServerKitC
public import Logging

/// A world of processes: their table, names, clock, timers, logger and limits, apart from any other.
///
/// ```swift
/// let runtime = Runtime(logger: Logger(label: "shop"))
/// try await withRuntime(runtime) {
///   _ = try await Catalogue.start(name: .type)
/// }
/// try await runtime.shutdown()
/// ```
///
/// Most programs need only `Runtime.default`, which is made on first use. Names, pids and timers of one runtime mean
/// nothing in another, so tests can run side by side, each in a runtime of its own.
public final class Runtime: Sendable {
  /// The threads that run the handlers that no caller runs.
  @nonexhaustive public enum Scheduling: Sendable {
    /// Threads of the library's own, one per core and more while handlers block. A handler that blocks never stops the
    /// application's tasks.
    case workers

    /// The pool of Swift's tasks. A lone call that has to wait is answered sooner; a handler that blocks holds up the
    /// application's tasks as well.
    case taskPool
  }

  /// The runtime of programs that make none of their own.
  public static let `default` = Runtime(isDefault: true)

  /// Whether it is the default one, which a comparison would have to count a reference to.
  let isDefault: Bool

  /// The name of this runtime in a cluster; nil if it is in none.
  public let node: NodeName?

  package let logger: Logger
  let reportLimits: ReportLimits
  /// For what no process writes.
  let logLimiter = LogLimiter()
  package let timeSource: any TimeSource
  package let scheduler: any Scheduler
  // The scheduler's values, asked for once.
  let crewIdentity: UInt
  let activationExecutor: (any TaskExecutor)?
  let decidesLending: Bool
  @usableFromInline package let isSimulation: Bool
  @usableFromInline let isTold: Bool
  /// The server kinds of a simulation; nil in any other runtime.
  private let kinds: KindTable?
  let randomSource: any RandomSource
  let plantedFault: PlantedFault?
  /// The faults that a test injects.
  package let faults: FaultBook?
  let table: ProcessTable
  private let unretainedTable: Unmanaged<ProcessTable>
  let names = NameTable()
  let timers: OwnedTimers
  /// The log, for records that come up on any thread.
  let log: RuntimeLog
  /// The errands for timers that run users' code.
  let errands: Errands

  /// Makes a runtime without processes.
  ///
  /// - Parameters:
  ///   - node: Its name in a cluster.
  ///   - logger: Where crashes, unexpected messages and warnings go; labelled `GenServerKit` unless given.
  ///   - scheduling: Who runs the handlers that no caller runs.
  ///   - reports: How long the texts of values may become in records of the log and in errors.
  public convenience init(
    node: NodeName? = nil, logger: Logger? = nil, scheduling: Scheduling = .workers,
    reports: ReportLimits = ReportLimits()
  ) {
    let scheduler: any Scheduler =
      switch scheduling {
      case .workers: WorkerPool.shared
      case .taskPool: SharedPoolScheduler.shared
      }
    self.init(
      node: node, logger: logger, timeSource: SystemTimeSource.shared, scheduler: scheduler, reports: reports)
  }

  private convenience init(isDefault: Bool) {
    self.init(timeSource: SystemTimeSource.shared, isDefault: isDefault)
  }

  package init(
    node: NodeName? = nil, logger: Logger? = nil, timeSource: any TimeSource,
    scheduler: (any Scheduler)? = nil, randomSource: any RandomSource = SystemRandomSource.shared,
    faults: FaultBook? = nil, planting plantedFault: PlantedFault? = nil, reports: ReportLimits = ReportLimits(),
    isDefault: Bool = false
  ) {
    self.isDefault = isDefault
    reportLimits = reports
    self.plantedFault = plantedFault
    self.node = node
    self.logger = logger ?? Logger(label: "GenServerKit")
    log = RuntimeLog(self.logger)
    errands = Errands()
    self.timeSource = timeSource
    timers = OwnedTimers(timeSource)
    let scheduler = scheduler ?? WorkerPool.shared
    self.scheduler = scheduler
    crewIdentity = scheduler.crewIdentity
    activationExecutor = scheduler.activationExecutor
    decidesLending = scheduler.decidesLending
    isSimulation = scheduler.isSimulation
    isTold = scheduler.isTold
    kinds = isSimulation ? KindTable() : nil
    table = ProcessTable(isOrdered: isSimulation)
    unretainedTable = .passUnretained(table)
    self.randomSource = randomSource
    self.faults = faults
    RuntimeList.shared.append(table, log, crew: crewIdentity)
  }

  deinit { RuntimeList.shared.remove(table) }

  /// The runtime of the innermost `withRuntime`, or of the process whose handler runs, or else the default.
  public static var current: Runtime {
    ThreadRecord.current?.runtime ?? Ambient.runtime ?? .default
  }

  /// Why nothing can be started here, if the system has given no threads for it.
  var threadShortage: ThreadShortage? { scheduler.threadShortage() ?? timeSource.threadShortage() }

  /// The processes that live now, in no promised order.
  ///
  /// A process that lives during the whole listing is in the list exactly once; one that starts or ends meanwhile may
  /// be in it.
  public var processes: [PID] { table.all.map { PID($0) } }

  /// The living processes and those that are just telling of their end, whose numbers become free when that is done.
  package var processesAndEnding: [ProcessCore] { table.allAndEnding }

  /// The plain names that living processes hold now, sorted; `Process.registered/0` in Elixir.
  public var registeredNames: [String] { table.all.compactMap(\.plainName).sorted() }

  /// Uses the table without counting a reference to it, since all threads share it.
  @inline(__always) func withTable<Result>(_ body: (ProcessTable) -> Result) -> Result {
    unretainedTable._withUnsafeGuaranteedRef(body)
  }

  /// What the runtime knows about a server type; usually all runtimes share it.
  @usableFromInline func kind(_ shared: ProcessKind) -> ProcessKind { kinds?.kind(shared) ?? shared }

  /// The present instant, in nanoseconds of the runtime's clock, which may be a test's.
  package func now() -> Int64 { timeSource.now() }

  /// Real time, for judging how fast handlers are.
  func monotonicNow() -> Int64 { gs_clock_now() }

  /// Ends the timers that belong to no process; none can be set from now on.
  package func endTimers() { timers.close() }

  /// Ends every process, and throws an error that names the processes that still run when the time is up.
  ///
  /// Each process is asked to stop with reason `shutdown`, so that `terminate` runs, beginning with the roots: a
  /// process that was started by a link ends when its parent ends, and is asked itself only if it is left behind. A
  /// process that has not ended in time is killed. Nothing can be started from then on: a start fails with
  /// `StartError.failed(.shutdown)`. The calling process is left out, and so is each `withProcess` around it: they end
  /// by themselves.
  ///
  /// - Throws: `ShutdownError` with the processes that still run, which have been told to exit.
  nonisolated(nonsending) public func shutdown(timeout: Timeout = .seconds(30)) async throws(ShutdownError) {
    table.close()
    defer { endTimers() }
    let deadline = timeout.deadline(in: self)
    let own = Set(ProcessCore.ambients.map { ObjectIdentifier($0) })
    let others = { [table] in table.all.filter { !own.contains(ObjectIdentifier($0)) && $0.isAlive } }
    // Each round ends the processes without a living parent, so there are as many rounds as the trees are high.
    while true {
      let left = others()
      let identities = Set(left.map { ObjectIdentifier($0) })
      let roots = left.filter { process in process.parent.map { !identities.contains(ObjectIdentifier($0)) } ?? true }
      if roots.isEmpty || deadline != .max && deadline <= now() { break }
      for process in roots { _ = process.post(.stop(.shutdown)) }
      for process in roots {
        let waiter = Waiter(on: process)
        if process.addObserver(waiter) == nil { _ = await waiter.wait(until: deadline, shielded: true) }
      }
    }
    let left = others()
    if left.isEmpty { return }
    for process in left { process.signalExit(.killed) }
    throw ShutdownError(stillRunning: left.map { PID($0) })
  }
}

/// A runtime could not end all its processes in time; it has told them to exit.
public struct ShutdownError: Error, CustomStringConvertible {
  /// The processes whose handlers had not returned in time.
  public let stillRunning: [PID]

  public var description: String {
    "still running when the time for the shutdown was up: "
      + stillRunning.map { $0.core.title }.joined(separator: ", ")
  }
}

/// Runs `body` so that everything it starts belongs to `runtime`, and names are looked up there.
///
/// ```swift
/// try await withRuntime(runtime) { try await Counter.start(0, name: .main) }
/// ```
@discardableResult
nonisolated(nonsending) public func withRuntime<Result: ~Copyable, Failure>(
  _ runtime: Runtime, _ body: nonisolated(nonsending) () async throws(Failure) -> Result
) async throws(Failure) -> Result {
  var result: Swift.Result<Result, Failure>?
  await Ambient.$boundRuntime.withValue(runtime) {
    do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
  }
  return try result.take()!.get()
}
