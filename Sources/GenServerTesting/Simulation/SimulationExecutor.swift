import GenServerKit

/// Hands the tasks of a simulation to its thread.
final class SimulationExecutor: TaskExecutor {
  private let core: SimulationCore

  init(_ core: SimulationCore) { self.core = core }

  func enqueue(_ job: consuming ExecutorJob) { core.enqueue(UnownedJob(job)) }
}

/// Hands the processes of a simulation to its thread, and asks it for every decision.
final class SimulationScheduler: Scheduler {
  private let core: SimulationCore
  let activationExecutor: (any TaskExecutor)?

  init(_ core: SimulationCore, _ executor: SimulationExecutor) {
    self.core = core
    activationExecutor = executor
  }

  var isSimulation: Bool { true }
  var decidesLending: Bool { true }
  var isTold: Bool { core.isTold }

  nonisolated(nonsending) func waitUntilQuiet() async { await core.waitUntilQuiet() }

  func submit(_ process: ProcessCore) { core.submit(process) }
  func submitBehind(_ process: ProcessCore) { core.submit(process) }
  func allowsLending(to process: ProcessCore) -> Bool { core.allowsLending(to: process) }
  func messagesInTurn(of process: ProcessCore) -> Int { core.messagesInTurn }
  func activationBegan(of process: ProcessCore, task: UInt) { core.activationBegan(of: process, task: task) }
  func tell(_ event: ProcessEvent, of process: ProcessCore) { core.tell(event, of: process) }
}

/// The time of a simulation, which moves when all wait.
final class SimulationTimeSource: TimeSource {
  private let core: SimulationCore

  init(_ core: SimulationCore) { self.core = core }

  var queue: TimerQueue { core.timers }
  func now() -> Int64 { core.now }
  func wallTime() -> Timestamp { Timestamp(sinceEpoch: ManualTimeSource.epoch + .nanoseconds(core.elapsed)) }

  // The simulation's thread looks at the queue before each step, so there is nothing to wake.
  func wake() {}
}
