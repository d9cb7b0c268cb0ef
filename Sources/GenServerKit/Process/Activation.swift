internal import Synchronization

/// What a process with async handlers has besides: the task that runs it, and in which call that task waits.
///
/// `phase` counts activations and says how far the last one got, so that the thread that started one and the task that
/// ends it agree on who keeps the task's handle. Only an activation that suspended needs one: to be cancelled.
@usableFromInline final class Activation: @unchecked Sendable {
  // Unchecked: `task` is touched under the process's lock, `waiting` under that of the wait graph.
  private enum Phase {
    static let starting: UInt64 = 0
    static let suspended: UInt64 = 1
    static let ended: UInt64 = 2
    static let mask: UInt64 = 3
    static let step: UInt64 = 4
  }

  /// What an exit signal cancels. The two forms of starting a task make two types of it.
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
  /// What it does, for who looks from outside.
  private let work = ActivationWork()
  var task: Handle?
  var waiting: Waiter?

  /// By the holder of the run right. Returns the number of the new activation.
  func begin() -> UInt64 {
    let number = (phase.load(ordering: .relaxed) & ~Phase.mask) &+ Phase.step
    work.clear()
    phase.store(number | Phase.starting, ordering: .releasing)
    return number
  }

  /// By the thread that started the activation, when it goes on without it.
  func leftThread(at instant: Int64) { leftAt.store(instant, ordering: .relaxed) }
  var leftThreadAt: Int64 { leftAt.load(ordering: .relaxed) }

  var number: UInt64 { phase.load(ordering: .relaxed) & ~Phase.mask }
  func isStarting(_ number: UInt64) -> Bool { phase.load(ordering: .relaxed) == number | Phase.starting }

  /// Inside the activation's own task. Returns the activation's number.
  func enter(task: UInt) -> UInt64 {
    ownTask.store(task, ordering: .relaxed)
    return number
  }

  /// Whether the task is the process itself, now.
  func isOwn(task: UInt, number: UInt64) -> Bool {
    task != 0 && ownTask.load(ordering: .relaxed) == task && phase.load(ordering: .relaxed) & ~Phase.mask == number
  }

  /// Inside the activation's own task, whose identity is found there.
  func bind(at place: UnsafeRawPointer?) { self.place.store(UInt(bitPattern: place), ordering: .relaxed) }

  /// Whether the activation of that number, which has not ended, found its identity there. Only it and its child tasks
  /// find it in that place.
  func isBound(at place: UnsafeRawPointer, number: UInt64) -> Bool {
    guard self.place.load(ordering: .relaxed) == UInt(bitPattern: place) else { return false }
    let phase = phase.load(ordering: .relaxed)
    return phase & ~Phase.mask == number && phase & Phase.mask != Phase.ended
  }

  /// Whether the last activation waits somewhere.
  var isSuspended: Bool { phase.load(ordering: .relaxed) & Phase.mask == Phase.suspended }

  /// Before a handler runs, with the number of messages that were taken out of the mailbox with its own. Where the
  /// activation has suspended before, a look at the clock is little beside that.
  func begins(_ handler: HandlerCode, before left: Int, in runtime: Runtime) {
    work.begins(handler, before: left, at: isSuspended ? runtime.now() : nil)
  }

  /// What the last activation does, if it has not ended.
  var shownWork: ActivationWork.Shown? {
    phase.load(ordering: .relaxed) & Phase.mask == Phase.ended ? nil : work.shown
  }

  /// By the thread that started the activation, under the process's lock: keeps the handle if it has not ended.
  func keep(_ task: Handle, number: UInt64, at instant: Int64) -> Bool {
    let (kept, _) = phase.compareExchange(
      expected: number | Phase.starting, desired: number | Phase.suspended, ordering: .acquiringAndReleasing)
    if kept {
      self.task = task
      work.suspends(at: instant)
    }
    return kept
  }

  /// At the end of the activation's own task. Returns whether a handle has to be dropped.
  func end() -> Bool {
    ownTask.store(0, ordering: .relaxed)
    let number = phase.load(ordering: .relaxed) & ~Phase.mask
    return phase.exchange(number | Phase.ended, ordering: .acquiringAndReleasing) & Phase.mask == Phase.suspended
  }
}
