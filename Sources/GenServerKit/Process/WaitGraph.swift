/// Who waits for whom, so that a call that would close a circle fails instead of waiting for ever.
///
/// A process waits in one call at a time, that of its own handler, so a walk along the marks is a walk along a list. A
/// mark is set and the walk is done under one lock: of two processes that call each other at the same moment exactly
/// one finds the circle. Marks that were checked when they were set cannot form a circle among themselves.
final class WaitGraph: Sendable {
  private let lock = Lock()

  /// Marks the waiter's caller as waiting; returns the circle that this would close, and then marks nothing.
  func mark(_ waiter: Waiter) -> [PID]? {
    guard waiter.waitsAsProcess, let caller = waiter.caller, let activation = caller.activation else { return nil }
    lock.lock()
    defer { lock.unlock() }
    var circle = [PID(caller)]
    // A lent caller may come here after the handler has left its answer to somebody else, and then closes no circle.
    var callee = waiter.isCertain ? waiter.process : nil
    while let process = callee, process !== caller {
      circle.append(PID(process))
      let next = process.activation?.waiting
      callee = next?.isCertain == true ? next?.process : nil
    }
    if callee != nil { return circle }
    activation.waiting = waiter
    return nil
  }

  /// For which process that one waits in a call.
  func awaited(by process: ProcessCore) -> ProcessCore? {
    guard let activation = process.activation else { return nil }
    let waiter = lock.withLock { activation.waiting }
    return waiter?.isCertain == true ? waiter?.process : nil
  }

  func unmark(_ waiter: Waiter) {
    guard waiter.waitsAsProcess, let activation = waiter.caller?.activation else { return }
    lock.withLock {
      if activation.waiting === waiter { activation.waiting = nil }
    }
  }
}
