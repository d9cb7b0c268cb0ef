/// Records which process waits for which, so that a call that would close a circle fails instead of waiting for ever.
///
/// A process waits for one other at a time, the one for which its own task waits, so a walk along the marks is a walk
/// along a list. A mark is set and the walk is done under one lock: of two processes that call each other at the same
/// moment exactly one finds the circle. Marks that were checked when they were set cannot form a circle among
/// themselves.
///
/// There is one graph for all runtimes, as processes of different runtimes can wait for each other.
final class WaitGraph: Sendable {
  static let shared = WaitGraph()

  private let lock = Lock()

  /// Marks the waiter's caller as waiting; returns the circle that this would close, and then marks nothing.
  func mark(_ waiter: Waiter) -> [PID]? {
    guard waiter.waitsAsProcess, let caller = waiter.caller, let activation = caller.activation else { return nil }
    lock.lock()
    defer { lock.unlock() }
    var circle = [PID(caller)]
    // A lent caller may get here after the handler has left its answer to somebody else; it then closes no circle.
    var awaited = waiter.isCertain ? waiter.process : nil
    while let process = awaited, process !== caller {
      circle.append(PID(process))
      let next = process.activation?.waiting
      awaited = next?.isCertain == true ? next?.process : nil
    }
    if awaited != nil { return circle }
    activation.waiting = waiter
    return nil
  }

  /// The process for which that one waits, including a wait that closes no circle because somebody else may end it.
  func awaited(by process: ProcessCore) -> ProcessCore? {
    guard let activation = process.activation else { return nil }
    let waiter = lock.withLock { activation.waiting }
    return waiter?.isOver == false ? waiter?.process : nil
  }

  func unmark(_ waiter: Waiter) {
    guard waiter.waitsAsProcess, let activation = waiter.caller?.activation else { return }
    lock.withLock {
      if activation.waiting === waiter { activation.waiting = nil }
    }
  }
}
