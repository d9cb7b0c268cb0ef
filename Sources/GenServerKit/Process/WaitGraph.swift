/// Who waits for whom, so that a call that would close a circle fails instead of waiting for ever.
///
/// A process waits for one other at a time, that of its own task, so a walk along the marks is a walk along a list. A mark
/// is set and the walk is done under one lock: of two processes that call each other at the same moment exactly one finds
/// the circle. Marks that were checked when they were set cannot form a circle among themselves.
///
/// There is one graph for all runtimes, as processes of several can wait for each other.
final class WaitGraph: Sendable {
  static let shared = WaitGraph()

  private let lock = Lock()

  /// Marks the waiter's caller as waiting; returns the circle that this would close, and then marks nothing.
  func mark(_ waiter: Waiter) -> [PID]? {
    guard waiter.waitsAsProcess, let caller = waiter.caller, let activation = caller.activation else { return nil }
    lock.lock()
    defer { lock.unlock() }
    var circle = [PID(caller)]
    // A lent caller may come here after the handler has left its answer to somebody else, and then closes no circle.
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

  /// For which process that one waits: also where somebody else may end the wait, so that it closes no circle.
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
