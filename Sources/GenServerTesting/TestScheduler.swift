import GenServerKit
import Synchronization

/// Runs the processes of a test on the library's own threads, except those that the test's clock wakes: these run on
/// the clock's thread, one after the other, so that the clock knows at once when they have nothing more to do.
final class TestScheduler: Scheduler {
  private let threads: any Scheduler
  /// The round of the clock that is under way.
  private let round = Locked<ClockRound?>(nil)
  private let clockThread = Atomic<UInt>(0)
  private let handedOut = Atomic<Int>(0)

  init() { threads = Runtime.default.scheduler }

  /// How often work was given to another thread, where the clock cannot see it.
  var handOverCount: Int { handedOut.load(ordering: .acquiring) }

  var crewIdentity: UInt { threads.crewIdentity }

  func submit(_ process: ProcessCore) {
    if isOnClockThread, round.withLock({ $0?.takes(process) ?? false }) { return }
    submitToThreads(process)
  }

  func submitBehind(_ process: ProcessCore) {
    if isOnClockThread, round.withLock({ $0?.takes(process) ?? false }) { return }
    handedOut.add(1, ordering: .acquiringAndReleasing)
    threads.submitBehind(process)
  }

  func submitToThreads(_ process: ProcessCore) {
    handedOut.add(1, ordering: .acquiringAndReleasing)
    threads.submit(process)
  }

  func resume(_ continuation: UnsafeContinuation<Void, Never>) {
    handedOut.add(1, ordering: .acquiringAndReleasing)
    threads.resume(continuation)
  }

  /// Called by the thread of a round, which ends with `leave`.
  func enter(_ round: ClockRound) {
    self.round.withLock { $0 = round }
    clockThread.store(ThreadRecord.identity, ordering: .releasing)
  }

  /// Ends the round: from now on processes that ask for a turn get another thread.
  func leave() {
    clockThread.store(0, ordering: .releasing)
    // Dropped after the lock.
    let ended = round.withLock { $0.take() }
    withExtendedLifetime(ended) {}
  }

  private var isOnClockThread: Bool { clockThread.load(ordering: .relaxed) == ThreadRecord.identity }
}
