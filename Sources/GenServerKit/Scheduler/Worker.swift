private import GenServerKitC
internal import Synchronization

/// One thread of the pool, with a queue of its own and the event on which it sleeps.
final class Worker: Sendable {
  /// Tells the workers of one pool from those of another.
  final class Crew: Sendable {
    var identity: UInt { ObjectIdentifier(self).bits }
  }

  let crew: Crew
  let queue = WorkQueue()
  let isParked = Atomic<Bool>(false)
  let event = Event()

  /// The process that the running one woke, to be run next on the same thread; retained, with its run right. Other
  /// threads take it only when the running one holds its thread up.
  private let nextUp = Atomic<Unmanaged<ProcessCore>?>(nil)

  /// The process that runs here now, so that the watchdog can name one that blocks; never followed as a pointer.
  let running = Atomic<UInt>(0)
  /// The number of turns so far, which the watchdog compares.
  private let turns = Atomic<Int>(0)

  init(_ crew: Crew) { self.crew = crew }

  /// Offers the process to the calling thread. Returns whether that is a worker of the crew and runs the process next.
  static func ofThread(takes process: ProcessCore, for crew: UInt) -> Bool {
    // This counts no reference: a worker lives as long as its thread, which is this one.
    guard let raw = gs_thread_self().pointee.worker,
      Unmanaged<Worker>.fromOpaque(raw)._withUnsafeGuaranteedRef({
        $0.crew.identity == crew && $0.offerNextUp(process)
      })
    else { return false }
    Watchdog.workArrived()
    return true
  }

  /// Wakes the worker if it sleeps, and returns whether it did.
  func wake() -> Bool {
    guard isParked.load(ordering: .relaxed), isParked.exchange(false, ordering: .acquiringAndReleasing) else {
      return false
    }
    event.signal()
    return true
  }

  /// Called by the worker's own thread. Returns false if the place is taken.
  func offerNextUp(_ process: ProcessCore) -> Bool {
    guard nextUp.load(ordering: .relaxed) == nil else { return false }
    // This is an exchange and not a store: the retain could move behind a store, and the object be freed under its
    // reader.
    _ = nextUp.exchange(Unmanaged.passRetained(process), ordering: .acquiringAndReleasing)
    return true
  }

  func takeNextUp() -> ProcessCore? {
    guard nextUp.load(ordering: .relaxed) != nil else { return nil }
    return nextUp.exchange(nil, ordering: .acquiringAndReleasing)?.takeRetainedValue()
  }

  func begins(_ process: ProcessCore) {
    running.store(ObjectIdentifier(process).bits, ordering: .relaxed)
    turns.store(turns.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  func rests() { running.store(0, ordering: .relaxed) }

  // The questions of the watchdog.

  var turn: Int { turns.load(ordering: .relaxed) }
  var hasNextUp: Bool { nextUp.load(ordering: .relaxed) != nil }
}
