internal import Synchronization

/// One thread of the pool, with a queue of its own and the event on which it sleeps.
final class Worker: Sendable {
  let queue = WorkQueue()
  let isParked = Atomic<Bool>(false)
  let event = Event()

  /// The process that runs here now, for a watchdog that wants to name who blocks; never followed as a pointer.
  let running = Atomic<UInt>(0)

  /// Wakes the worker if it sleeps, and returns whether it did.
  func wake() -> Bool {
    guard isParked.load(ordering: .relaxed), isParked.exchange(false, ordering: .acquiringAndReleasing) else {
      return false
    }
    event.signal()
    return true
  }
}
