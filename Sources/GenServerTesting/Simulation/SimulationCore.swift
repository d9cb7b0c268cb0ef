import GenServerKit
private import GenServerKitC
import Synchronization

/// The thread of one run, and everything that waits for its turn on it.
final class SimulationCore: @unchecked Sendable {
  // Unchecked: the fields are touched by the simulation's thread alone, unless they say otherwise.
  private enum Turn {
    case process(ProcessCore)
    case job(UnownedJob)
    case timer(any TimerEntry)
  }

  weak var runtime: Runtime?
  private var ready: [Turn] = []
  private var choices: SimulationChoices
  private var trace = SimulationTrace()
  private let stepLimit: Int
  private let patience: Int64
  /// Whether the trace also tells of events that are no decisions, such as the messages that are handled.
  let isTold: Bool

  private(set) var tasks = SimulationTasks()
  private var quietWaiters: [UnsafeContinuation<Void, Never>] = []
  private var outcome: UnsafeContinuation<Void, Never>?
  private var hasOutcome = false
  private var bodyWaiter: UnsafeContinuation<Void, Never>?
  private var hasBodyEnded = false
  /// What the body has thrown.
  private var thrown: (any Error)?
  private(set) var problem: SimulationError?
  private var lastWaits: [String] = []
  private var stepsLeft: Int
  private var lentInTurn = 0
  private static let mostLentInTurn = 64
  /// The number of steps for the work that is left when the test has ended.
  private static let stepsOfEnd = 100_000

  private static let start: Int64 = 1_000_000_000_000_000_000
  private let instant = Atomic<Int64>(start)
  let timers = TimerQueue()

  // From other threads.
  private let thread = Atomic<UInt>(0)
  private let lock = Lock()
  private var outside: [Turn] = []
  private var escapes: [String] = []
  private var phase = Phase.notEntered
  private var turn = 0
  /// The process that has the turn; nil for a task that is no process.
  private var holder: ProcessCore?
  private let event = Event()

  private enum Phase {
    case notEntered, entered, left, ended
    /// The run has ended, while the body or a handler still has something to do.
    case abandoned
  }

  init(_ choices: SimulationChoices, stepLimit: Int, patience: Int64, isTold: Bool) {
    self.isTold = isTold
    self.choices = choices
    self.stepLimit = stepLimit
    self.patience = patience
    stepsLeft = stepLimit
  }

  var now: Int64 { instant.load(ordering: .relaxed) }
  var elapsed: Int64 { now - Self.start }

  // Requests for a turn.

  private var isOwnThread: Bool { thread.load(ordering: .relaxed) == ThreadRecord.identity }

  func submit(_ process: ProcessCore) {
    if isOwnThread { return ready.append(.process(process)) }
    arrive(.process(process)) { "\(process.title) has something to do" }
  }

  func enqueue(_ job: UnownedJob) {
    if isOwnThread { return ready.append(.job(job)) }
    let phase = lock.withLock { self.phase }
    if phase == .abandoned { return }
    if phase == .ended {
      // A task that outlived the run goes on elsewhere.
      let executor = SimulationExecutor(self)
      while SystemThread.start(.simulation, { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }) != nil {
        event.wait(nanoseconds: 1_000_000)
      }
      return
    }
    arrive(.job(job)) { "a task goes on that waited for something else" }
  }

  private func arrive(_ turn: Turn, _ event: () -> String) {
    let text = event()
    lock.withLock {
      if phase == .ended || phase == .abandoned { return }
      outside.append(turn)
      // The first job is the test's own entry.
      if phase == .notEntered { phase = .entered } else { escaped(text) }
    }
    self.event.signal()
  }

  /// Notes that the thread hands work to the pool of Swift's tasks, or to the main actor.
  private func handsOver() {
    let task = runningTask
    let process = ThreadRecord.current ?? task.flatMap { tasks.process(of: $0) }
    let who = process?.title ?? task.flatMap { tasks.name(of: $0) } ?? SimulationTasks.test
    lock.withLock { escaped("\(who) starts a task of its own, or leaves for an actor elsewhere") }
  }

  /// Under the lock.
  private func escaped(_ text: String) {
    if phase == .entered, escapes.count < 20, !escapes.contains(text) { escapes.append(text) }
  }

  func allowsLending(to process: ProcessCore) -> Bool {
    guard isOwnThread else {
      lock.withLock { escaped("\(process.kind.typeName) is called from another thread") }
      return false
    }
    // A caller that does nothing else than lend its thread comes to wait in the end, as on a real thread.
    guard problem == nil, lentInTurn < Self.mostLentInTurn, choices.below(2) == 0 else { return false }
    lentInTurn += 1
    stepsLeft -= 1
    trace.append(.lends(process), of: 2)
    return true
  }

  var messagesInTurn: Int {
    isOwnThread ? [ProcessCore.messagesPerTurn, 1, 2, 8][choices.below(4)] : ProcessCore.messagesPerTurn
  }

  func activationBegan(of process: ProcessCore, task: UInt) {
    guard isOwnThread, let task = UnsafeMutableRawPointer(bitPattern: task) else { return }
    tasks.become(process, task: gs_job_task_id(task))
  }

  func tell(_ event: ProcessEvent, of process: ProcessCore) {
    guard isOwnThread else { return }
    switch event {
    case .starts: trace.append(.starts(process))
    case .handles(let message): trace.append(message, handledBy: process)
    case .isToldToExit(let reason): trace.append(.isToldToExit(process, reason))
    case .ends(let reason): trace.append(.ends(process, reason))
    case .receives:
      trace.append(.receives(process))
      if let runningTask { tasks.receives(runningTask) }
    case .isAwaited(let waiter):
      trace.append(.waits(process))
      if let runningTask { tasks.began(ObjectIdentifier(waiter), by: runningTask) }
    }
  }

  // The thread.

  /// Installed once in a program.
  private static let observesEnqueues: Void = gs_observe_enqueues { context in
    guard let context else { return }
    Unmanaged<SimulationCore>.fromOpaque(context).takeUnretainedValue().handsOver()
  }

  /// Starts the thread; false if the system has no thread to give.
  func begin(_ executor: SimulationExecutor) -> Bool {
    _ = Self.observesEnqueues
    let shortage = SystemThread.start(.simulation) { [self] in
      ThreadRecord.leaveUnwatched()
      gs_set_enqueue_context(Unmanaged.passUnretained(self).toOpaque())
      thread.store(ThreadRecord.identity, ordering: .relaxed)
      let executor = executor.asUnownedTaskExecutor()
      while step(executor) {}
      ready = []
      tasks = SimulationTasks()
      gs_set_enqueue_context(nil)
      // Another thread may get the same identity.
      thread.store(0, ordering: .relaxed)
    }
    return shortage == nil
  }

  /// Makes one step; false at the end.
  private func step(_ executor: UnownedTaskExecutor) -> Bool {
    let hasEnded = lock.withLock {
      ready += outside
      outside.removeAll()
      return phase == .ended || phase == .abandoned
    }
    if hasEnded { return false }
    var due: [any TimerEntry] = []
    var known = 0
    repeat {
      known = due.count
      _ = timers.takeDue(until: now, into: &due)
    } while due.count > known
    ready += due.map { .timer($0) }
    if !ready.isEmpty {
      takeTurn(executor)
    } else if !quietWaiters.isEmpty {
      resumeQuietWaiters()
    } else if let earliest = timers.earliest, earliest < .max, !isExhausted {
      instant.store(max(now, earliest), ordering: .relaxed)
      trace.append(.time(elapsed))
    } else {
      waitForOthers()
    }
    return true
  }

  private func takeTurn(_ executor: UnownedTaskExecutor) {
    stepsLeft -= 1
    lentInTurn = 0
    if stepsLeft <= 0, problem == nil { fail(.tooManySteps(hasOutcome ? Self.stepsOfEnd : stepLimit)) }
    if isExhausted { giveUp() }
    let count = ready.count
    // After a problem everything gets its turn in order, so that the run comes to an end.
    let index = problem == nil ? choices.pick(count) { key(of: ready[$0]) } : 0
    let next = ready.remove(at: index)
    let process = process(of: next)
    lock.withLock {
      turn += 1
      holder = process
    }
    switch next {
    case .process(let process):
      trace.append(.runs(process), of: count)
      process.takeTurn()
    case .job(let job):
      run(job, of: count, on: executor)
    case .timer(let entry):
      trace.append(.timer(isTold ? runtime?.sleeper(of: entry) : nil), of: count)
      entry.timerFired()
    }
  }

  private func run(_ job: UnownedJob, of possibilities: Int, on executor: UnownedTaskExecutor) {
    let task = identity(of: job)
    tasks.goesOn(task)
    var shown: (place: SimulationTrace.Place?, isNew: Bool)?
    if let process = tasks.process(of: task) {
      trace.append(.goesOn(process), of: possibilities)
    } else if let (number, isNew) = tasks.show(task) {
      shown = (trace.append(.task(number, begins: isNew), of: possibilities), isNew)
    }
    job.runSynchronously(on: executor)
    // A task that begins may turn out to be a process.
    if let shown, shown.isNew, let process = tasks.process(of: task) {
      trace.replace(shown.place, by: .goesOn(process))
    }
  }

  private func key(of turn: Turn) -> UInt64 {
    if let process = process(of: turn) { return UInt64(process.number.index) << 2 }
    if case .job(let job) = turn { return UInt64(tasks.number(of: identity(of: job))) << 2 | 1 }
    return 2
  }

  private func process(of turn: Turn) -> ProcessCore? {
    switch turn {
    case .process(let process): process
    case .job(let job): tasks.process(of: identity(of: job))
    case .timer: nil
    }
  }

  /// For another thread: the number of the turn, and who has it; nil once the test has left.
  var runningTurn: (number: Int, who: String)? {
    let (phase, number, process) = lock.withLock { (self.phase, self.turn, self.holder) }
    return phase == .entered ? (number, process?.title ?? "the test, or a task of it,") : nil
  }

  private var runningTask: SimulationTasks.Identity? {
    UnsafeMutableRawPointer(bitPattern: gs_task_current()).map { gs_job_task_id($0) }
  }

  private func identity(of job: UnownedJob) -> UInt64 {
    gs_job_task_id(unsafeBitCast(job, to: UnsafeMutableRawPointer.self))
  }

  /// Waits a moment for other threads, when nothing is left to do now or later.
  private func waitForOthers() {
    let isLeaving = lock.withLock { phase == .left || phase == .notEntered }
    if isLeaving { return event.wait() }
    let end = gs_clock_now() + patience
    while lock.withLock({ outside.isEmpty && phase == .entered }) {
      let left = end - gs_clock_now()
      if left <= 0 {
        if problem != nil { return giveUp() }
        return fail(.deadlock(waiting: runtime.map { standstill(in: $0) } ?? []))
      }
      // The signal may be an old one.
      event.wait(nanoseconds: left)
    }
  }

  private func fail(_ problem: SimulationError) {
    if self.problem == nil { self.problem = problem }
    conclude()
  }

  /// Whether the run has gone on for so long after a problem that nothing will end it.
  private var isExhausted: Bool { stepsLeft <= -stepLimit }

  /// Ends the run without its body, which takes no notice of being cancelled.
  private func giveUp() {
    bodyWaiter.take()?.resume()
    resumeQuietWaiters()
  }

  private func resumeQuietWaiters() {
    let waiters = quietWaiters
    quietWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  // The test, on the thread.

  func bodyEnded(_ error: (any Error)?) {
    if problem == nil { thrown = error }
    hasBodyEnded = true
    conclude()
    bodyWaiter.take()?.resume()
  }

  /// The body has returned, or the run cannot go on.
  private func conclude() {
    if hasOutcome { return }
    hasOutcome = true
    trace.close()
    choices.close()
    // The work at the end of the test must not make it fail for too many steps.
    if problem == nil { stepsLeft = max(stepsLeft, Self.stepsOfEnd) }
    if isTold, let runtime { lastWaits = waits(in: runtime) }
    outcome.take()?.resume()
  }

  nonisolated(nonsending) func waitForOutcome() async {
    if hasOutcome { return }
    await withUnsafeContinuation { outcome = $0 }
  }

  /// Waits for the body, and also returns when the body will never end.
  nonisolated(nonsending) func waitForBody() async {
    if hasBodyEnded { return }
    await withUnsafeContinuation { bodyWaiter = $0 }
  }

  /// Waits until nothing is left to do at this instant.
  nonisolated(nonsending) func waitUntilQuiet() async {
    await withUnsafeContinuation { quietWaiters.append($0) }
  }

  nonisolated(nonsending) func sleep(for duration: Duration, by time: any TimeSource) async {
    let end = now.addingClamped(max(0, duration.wholeNanoseconds))
    let sleeper = SimulationSleeper()
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if sleeper.begins(continuation) { time.arm(sleeper, at: end) }
      }
    } onCancel: {
      sleeper.end()
    }
    time.cancel(sleeper)
  }

  /// The result of a run, for another thread.
  struct Result {
    let choices: [UInt32]
    let trace: SimulationTrace
    let problem: SimulationError?
    /// What the body has thrown.
    let thrown: (any Error)?
    let escapes: [String]
    /// Who waited for whom at the end of the test.
    let lastWaits: [String]
    /// Whether something is left that may still want to go on.
    let isAbandoned: Bool
  }

  /// Called before the test leaves the thread: what comes from now on does not count as an escape.
  func leave() -> Result {
    let escapes = lock.withLock {
      phase = .left
      return self.escapes
    }
    // Processes refer to their runtime, and so to this object. They are let go here, so that nothing of a run is left
    // when it returns.
    defer {
      tasks = SimulationTasks()
      trace = SimulationTrace()
      trace.close()
    }
    return Result(
      choices: choices.made, trace: trace, problem: problem, thrown: thrown, escapes: escapes, lastWaits: lastWaits,
      isAbandoned: !hasBodyEnded || isExhausted)
  }

  /// Ends the run after the test has left the thread.
  func end(_ result: Result) {
    lock.withLock {
      phase = result.isAbandoned ? .abandoned : .ended
      holder = nil
    }
    event.signal()
  }
}

/// A task of the test that waits for an instant.
private final class SimulationSleeper: TimerEntry, @unchecked Sendable {
  // Unchecked: the position is touched under the queue's lock, the rest under its own.
  var timerPosition = -1
  private let lock = Lock()
  private var continuation: UnsafeContinuation<Void, Never>?
  private var isOver = false

  /// Begins to wait; false if the wait has been ended already.
  func begins(_ continuation: UnsafeContinuation<Void, Never>) -> Bool {
    let isOver = lock.withLock {
      if !self.isOver { self.continuation = continuation }
      return self.isOver
    }
    if isOver { continuation.resume() }
    return !isOver
  }

  func end() {
    let continuation = lock.withLock {
      isOver = true
      return self.continuation.take()
    }
    continuation?.resume()
  }

  func timerFired() { end() }

  var sleeper: Sleeper { Sleeper(nil, "the end of a wait of the test") }
}
