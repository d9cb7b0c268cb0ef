import GenServerKit
import Synchronization

/// One stretch of a test's time: the clock goes from timer to timer, and the processes that these wake take their
/// turns, all on one thread, until there is something that only other threads can bring to its end.
///
/// A handler that blocks this thread, or processes that wake each other for ever, are left behind: their thread goes on
/// with what it has begun, and the round ends without it.
final class ClockRound: TimerEntry, @unchecked Sendable {
  // Unchecked: the fields are touched under the lock, unless they say otherwise.
  enum Outcome {
    /// Nothing more is due until the target, and the clock has reached it; or the one step was done.
    case done
    /// Something goes on elsewhere, or has to be waited for.
    case unsettled
  }

  private enum Phase {
    case firing, turn, over
  }

  private let source: ManualTimeSource
  private let scheduler: TestScheduler
  private let target: Int64
  private let isOneStep: Bool
  private let isCancelled = Atomic<Bool>(false)

  private let lock = Lock()
  private var ready: [ProcessCore] = []
  private var next = 0
  private var phase = Phase.firing
  private var steps = 0
  private var stepsWhenLookedAt = 0
  private var outcome = Outcome.unsettled
  private var continuation: UnsafeContinuation<Void, Never>?
  /// Touched under the lock of the system's timers.
  var timerPosition = -1

  /// For how long, and up to twice as long, the processes of one instant keep the thread. On a busy machine a thread that
  /// has something to do may have to wait for a while.
  private static let patience: Int64 = 250_000_000

  init(_ source: ManualTimeSource, _ scheduler: TestScheduler, until target: Int64, isOneStep: Bool) {
    self.source = source
    self.scheduler = scheduler
    self.target = target
    self.isOneStep = isOneStep
  }

  /// Runs the round. In a cancelled task it ends early.
  func pass() async -> Outcome {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        self.continuation = continuation
        armWatch()
        ClockThread.run { [self] in run() }
      }
    } onCancel: {
      isCancelled.store(true, ordering: .relaxed)
    }
    SystemTimeSource.shared.cancel(self)
    return lock.withLock { outcome }
  }

  // The thread.

  private func run() {
    scheduler.enter(self)
    let handOvers = scheduler.handOverCount
    var isSettled = true
    while isSettled, !isCancelled.load(ordering: .relaxed) {
      guard let earliest = source.earliest(until: target) else {
        source.move(to: target)
        // Another thread may have armed a timer before the move.
        if source.isDue { continue }
        return end(.done)
      }
      _ = source.fireNext(until: earliest)
      guard let isQuiet = runReady() else { return }
      isSettled = isQuiet && scheduler.handOverCount == handOvers
      if isOneStep { break }
    }
    end(isSettled ? .done : .unsettled)
  }

  /// Runs the processes that are ready. Returns whether all of them have nothing more to do; nil when the round goes on
  /// without this thread.
  private func runReady() -> Bool? {
    var busy: [ProcessCore] = []
    while true {
      switch takeReady() {
      case .process(let process):
        process.takeTurn()
        if process.isAlive, !process.isIdle { busy.append(process) }
      case .none: return busy.allSatisfy { !$0.isAlive || $0.isIdle }
      case .over: return nil
      }
    }
  }

  private enum Turn {
    case process(ProcessCore)
    case none, over
  }

  private func takeReady() -> Turn {
    lock.withLock {
      if phase == .over { return .over }
      if next < ready.count {
        phase = .turn
        next += 1
        return .process(ready[next - 1])
      }
      ready.removeAll(keepingCapacity: true)
      next = 0
      phase = .firing
      steps += 1
      return .none
    }
  }

  /// Called by the scheduler, on the round's thread. Returns false if the round is over, and the process needs another
  /// thread.
  func takes(_ process: ProcessCore) -> Bool {
    lock.withLock {
      if phase == .over { return false }
      ready.append(process)
      return true
    }
  }

  private func end(_ outcome: Outcome) {
    let continuation = lock.withLock { () -> UnsafeContinuation<Void, Never>? in
      if phase == .over { return nil }
      phase = .over
      self.outcome = outcome
      return self.continuation.take()
    }
    guard let continuation else { return }
    scheduler.leave()
    scheduler.resume(continuation)
  }

  // The watch, on the thread of the system's timers.

  private func armWatch() {
    let time = SystemTimeSource.shared
    time.arm(self, at: time.now() + Self.patience)
  }

  func timerFired() {
    var left: ArraySlice<ProcessCore> = []
    let isStuck = lock.withLock { () -> Bool? in
      if phase == .over { return nil }
      guard phase == .turn, steps == stepsWhenLookedAt else {
        stepsWhenLookedAt = steps
        return false
      }
      phase = .over
      left = ready[next...]
      ready = []
      next = 0
      return true
    }
    switch isStuck {
    case nil: return
    case false?: armWatch()
    case true?:
      scheduler.leave()
      for process in left { scheduler.submitToThreads(process) }
      if let continuation = lock.withLock({ continuation.take() }) { scheduler.resume(continuation) }
    }
  }

  var sleeper: Sleeper { Sleeper(nil, "a test's clock") }
}
