import GenServerKit
private import GenServerKitC
import Synchronization

/// The thread of one run, and everything that waits for its turn on it.
final class SimulationCore: @unchecked Sendable {
  // Unchecked: what follows is touched by the simulation's thread alone, unless it says otherwise.
  private enum Turn {
    case process(ProcessCore)
    case job(UnownedJob)
    case timer(any TimerEntry)
  }

  private var ready: [Turn] = []
  private var choices: SimulationChoices
  private var trace = SimulationTrace()
  private let stepLimit: Int
  private let patience: Int64

  /// Numbers of tasks, in the order in which they were first seen.
  private var taskNumbers: [UInt64: Int] = [:]
  /// Which process a task is, by the task's identity: its address would soon be another task's.
  private var processes: [UInt64: ProcessCore] = [:]
  private var quietWaiters: [UnsafeContinuation<Void, Never>] = []
  private var outcome: UnsafeContinuation<Void, Never>?
  private var hasOutcome = false
  private(set) var problem: SimulationError?
  private var stepsLeft: Int

  private static let start: Int64 = 1_000_000_000_000_000_000
  private let instant = Atomic<Int64>(start)
  let timers = TimerQueue()

  // From other threads.
  private let thread = Atomic<UInt>(0)
  private let lock = Lock()
  private var outside: [Turn] = []
  private var escapes: [String] = []
  private var phase = Phase.notEntered
  private let event = Event()

  private enum Phase {
    case notEntered, entered, left, ended
  }

  init(_ choices: SimulationChoices, stepLimit: Int, patience: Int64) {
    self.choices = choices
    self.stepLimit = stepLimit
    self.patience = patience
    stepsLeft = stepLimit
  }

  var now: Int64 { instant.load(ordering: .relaxed) }
  var elapsed: Int64 { now - Self.start }

  // What asks for a turn.

  private var isOwnThread: Bool { thread.load(ordering: .relaxed) == ThreadRecord.identity }

  func submit(_ process: ProcessCore) {
    if isOwnThread { return ready.append(.process(process)) }
    arrive(.process(process)) { "\(process.title) has something to do" }
  }

  func enqueue(_ job: UnownedJob) {
    if isOwnThread { return ready.append(.job(job)) }
    let hasEnded = lock.withLock { phase == .ended }
    if hasEnded {
      // A task that outlived the run goes on somewhere.
      let executor = SimulationExecutor(self)
      SystemThread.start { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
      return
    }
    arrive(.job(job)) { "a task goes on that waited for something else" }
  }

  private func arrive(_ turn: Turn, _ event: () -> String) {
    let text = event()
    lock.withLock {
      outside.append(turn)
      // The first one is how the test comes in.
      if phase == .entered { escapes.append(text) }
      if phase == .notEntered { phase = .entered }
    }
    self.event.signal()
  }

  func allowsLending(to process: ProcessCore) -> Bool {
    guard isOwnThread else {
      lock.withLock {
        if phase == .entered { escapes.append("\(process.kind.typeName) is called from another thread") }
      }
      return false
    }
    guard choices.below(2) == 0 else { return false }
    trace.append(.lends(process), of: 2)
    return true
  }

  var messagesInTurn: Int {
    isOwnThread ? [ProcessCore.messagesPerTurn, 1, 2, 8][choices.below(4)] : ProcessCore.messagesPerTurn
  }

  func activationBegan(of process: ProcessCore, task: UInt) {
    guard isOwnThread, let task = UnsafeMutableRawPointer(bitPattern: task) else { return }
    processes[gs_job_task_id(task)] = process
  }

  // The thread.

  /// False if the system has no thread to give.
  func begin(_ executor: SimulationExecutor) -> Bool {
    SystemThread.start { [self] in
      ThreadRecord.leaveUnwatched()
      thread.store(ThreadRecord.identity, ordering: .relaxed)
      let executor = executor.asUnownedTaskExecutor()
      while step(executor) {}
      // Another thread may get the same identity.
      thread.store(0, ordering: .relaxed)
    }
  }

  /// False at the end.
  private func step(_ executor: UnownedTaskExecutor) -> Bool {
    let hasEnded = lock.withLock {
      ready += outside
      outside.removeAll()
      return phase == .ended
    }
    if hasEnded { return false }
    var due: [any TimerEntry] = []
    _ = timers.takeDue(until: now, into: &due)
    ready += due.map { .timer($0) }
    if !ready.isEmpty {
      takeTurn(executor)
    } else if !quietWaiters.isEmpty {
      let waiters = quietWaiters
      quietWaiters = []
      for waiter in waiters { waiter.resume() }
    } else if let earliest = timers.earliest, earliest < .max, stepsLeft > -stepLimit {
      instant.store(max(now, earliest), ordering: .relaxed)
      trace.append(.time(elapsed))
    } else {
      waitForOthers()
    }
    return true
  }

  private func takeTurn(_ executor: UnownedTaskExecutor) {
    stepsLeft -= 1
    if stepsLeft == 0 { fail(.tooManySteps(stepLimit)) }
    let count = ready.count
    let index = choices.pick(count) { key(of: ready[$0]) }
    switch ready.remove(at: index) {
    case .process(let process):
      trace.append(.runs(process), of: count)
      process.takeTurn()
    case .job(let job):
      trace.append(step(for: job), of: count)
      job.runSynchronously(on: executor)
    case .timer(let entry):
      trace.append(.timer, of: count)
      entry.timerFired()
    }
  }

  private func key(of turn: Turn) -> UInt64 {
    switch turn {
    case .process(let process): UInt64(process.number.index) << 2
    case .job(let job):
      processes[identity(of: job)].map { UInt64($0.number.index) << 2 } ?? UInt64(number(of: job)) << 2 | 1
    case .timer: 2
    }
  }

  private func step(for job: UnownedJob) -> SimulationTrace.Step {
    if let process = processes[identity(of: job)] { .goesOn(process) } else { .task(number(of: job)) }
  }

  private func identity(of job: UnownedJob) -> UInt64 {
    gs_job_task_id(unsafeBitCast(job, to: UnsafeMutableRawPointer.self))
  }

  private func number(of job: UnownedJob) -> Int {
    let identity = identity(of: job)
    if let known = taskNumbers[identity] { return known }
    taskNumbers[identity] = taskNumbers.count
    return taskNumbers.count - 1
  }

  /// Nothing is to be done, now or later. What waits for another thread comes back in a moment.
  private func waitForOthers() {
    let isLeaving = lock.withLock { phase == .left || phase == .notEntered }
    if isLeaving || problem != nil { return event.wait() }
    let end = gs_clock_now() + patience
    while lock.withLock({ outside.isEmpty && phase == .entered }) {
      let left = end - gs_clock_now()
      if left <= 0 { return fail(.deadlock(waiting: waiting())) }
      // A signal may be one that came before.
      event.wait(nanoseconds: left)
    }
  }

  /// Set by who knows the runtime.
  var waiting: () -> [String] = { [] }

  private func fail(_ problem: SimulationError) {
    if self.problem == nil { self.problem = problem }
    conclude()
  }

  // The test, on the thread.

  /// The body has returned, or the run cannot go on.
  func conclude() {
    hasOutcome = true
    outcome.take()?.resume()
  }

  nonisolated(nonsending) func waitForOutcome() async {
    if hasOutcome { return }
    await withUnsafeContinuation { outcome = $0 }
  }

  /// Waits until nothing is to be done at this instant.
  nonisolated(nonsending) func waitUntilQuiet() async {
    await withUnsafeContinuation { quietWaiters.append($0) }
  }

  nonisolated(nonsending) func sleep(for duration: Duration, by time: any TimeSource) async {
    let (end, overflow) = now.addingReportingOverflow(max(0, duration.wholeNanoseconds))
    let sleeper = SimulationSleeper()
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if sleeper.begins(continuation) { time.arm(sleeper, at: overflow ? .max : end) }
      }
    } onCancel: {
      sleeper.end()
    }
    time.cancel(sleeper)
  }

  /// Before the test leaves the thread: what comes from now on is no escape.
  func leave() -> (choices: [UInt32], trace: SimulationTrace, escapes: [String]) {
    let escapes = lock.withLock {
      phase = .left
      return self.escapes
    }
    // Processes refer to their runtime, and so to this.
    defer {
      processes = [:]
      trace = SimulationTrace()
    }
    return (choices.made, trace, escapes)
  }

  /// After it has left.
  func end() {
    lock.withLock { phase = .ended }
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

  /// False if it has been ended already.
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
}
