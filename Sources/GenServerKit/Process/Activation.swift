internal import Synchronization

/// The additional state of a process with async handlers: the task that runs it, and the call in which that task waits.
///
/// `phase` counts activations and says how far the last one got, so that the thread that started an activation and the
/// task that ends it agree on which of them drops the task's handle. Only an activation that has suspended needs a
/// handle, with which it can be cancelled.
@usableFromInline final class Activation: @unchecked Sendable {
  // Unchecked: `task` is touched under the process's lock, `waiting` under that of the wait graph.
  private enum Phase {
    static let starting: UInt64 = 0
    static let suspended: UInt64 = 1
    static let ended: UInt64 = 2
    static let mask: UInt64 = 3
    static let step: UInt64 = 4
  }

  /// The task that an exit signal cancels. The two ways to start a task give handles of two types.
  enum Handle {
    case ordinary(Task<Void, any Error>)
    case preferring(Task<Void, Never>)

    func cancel() {
      switch self {
      case .ordinary(let task): task.cancel()
      case .preferring(let task): task.cancel()
      }
    }
  }

  private let phase = Atomic<UInt64>(Phase.ended)
  private let ownTask = Atomic<UInt>(0)
  /// Where the activation's task finds its identity among its task-locals.
  private let place = Atomic<UInt>(0)
  private let leftAt = Atomic<Int64>(0)
  /// What the activation is doing, for snapshots taken from outside.
  private let work = ActivationWork()
  var task: Handle?
  var waiting: Waiter?

  /// Called by the holder of the run right. Returns the number of the new activation.
  func begin() -> UInt64 {
    let number = (phase.load(ordering: .relaxed) & ~Phase.mask) &+ Phase.step
    work.clear()
    phase.store(number | Phase.starting, ordering: .releasing)
    return number
  }

  /// Called by the thread that started the activation, when that thread goes on without it.
  func leftThread(at instant: Int64) { leftAt.store(instant, ordering: .relaxed) }
  var leftThreadAt: Int64 { leftAt.load(ordering: .relaxed) }

  var number: UInt64 { phase.load(ordering: .relaxed) & ~Phase.mask }
  func isStarting(_ number: UInt64) -> Bool { phase.load(ordering: .relaxed) == number | Phase.starting }

  /// Called inside the activation's own task. Returns the activation's number.
  func enter(task: UInt) -> UInt64 {
    ownTask.store(task, ordering: .relaxed)
    return number
  }

  /// Whether the task is the process itself at this moment.
  func isOwn(task: UInt, number: UInt64) -> Bool {
    task != 0 && ownTask.load(ordering: .relaxed) == task && phase.load(ordering: .relaxed) & ~Phase.mask == number
  }

  /// Called inside the activation's own task, with the place where that task finds its identity.
  func bind(at place: UnsafeRawPointer?) { self.place.store(UInt(bitPattern: place), ordering: .relaxed) }

  /// Whether the activation of that number has not ended and finds its identity in that place. Only its own task and
  /// child tasks find it there.
  func isBound(at place: UnsafeRawPointer, number: UInt64) -> Bool {
    guard self.place.load(ordering: .relaxed) == UInt(bitPattern: place) else { return false }
    let phase = phase.load(ordering: .relaxed)
    return phase & ~Phase.mask == number && phase & Phase.mask != Phase.ended
  }

  /// Whether the last activation has suspended.
  var isSuspended: Bool { phase.load(ordering: .relaxed) & Phase.mask == Phase.suspended }

  /// Called before a handler runs, with the number of messages that were taken out of the mailbox together with its
  /// own. Once the activation has suspended, reading the clock costs little in comparison.
  func begins(_ handler: HandlerCode, before left: Int, in runtime: Runtime) {
    work.begins(handler, before: left, at: isSuspended ? runtime.now() : nil)
  }

  /// What the last activation is doing, if it has not ended.
  var shownWork: ActivationWork.Shown? {
    phase.load(ordering: .relaxed) & Phase.mask == Phase.ended ? nil : work.shown
  }

  /// Called by the thread that started the activation, under the process's lock. Keeps the handle if the activation has
  /// not ended.
  func keep(_ task: Handle, number: UInt64, at instant: Int64) -> Bool {
    let (kept, _) = phase.compareExchange(
      expected: number | Phase.starting, desired: number | Phase.suspended, ordering: .acquiringAndReleasing)
    if kept {
      self.task = task
      work.suspends(at: instant)
    }
    return kept
  }

  /// Called at the end of the activation's own task. Returns whether a handle has to be dropped.
  func end() -> Bool {
    ownTask.store(0, ordering: .relaxed)
    let number = phase.load(ordering: .relaxed) & ~Phase.mask
    return phase.exchange(number | Phase.ended, ordering: .acquiringAndReleasing) & Phase.mask == Phase.suspended
  }
}
