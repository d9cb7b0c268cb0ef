internal import Synchronization

/// The watches of servers on one client, which are told when the client gives up before it is answered.
///
/// The client may not be waiting yet: a caller that lends its thread makes a waiter only after the handler has
/// returned. So the watch lies in the client's reply node, which has a mark for it, and whichever side comes second
/// hands it to the waiter.
@usableFromInline package final class ClientWatch: @unchecked Sendable {
  // Unchecked: the list and `ending` are touched under the lock only.
  private let lock = Lock()
  private var monitors: [ProcessMonitor] = []
  private var ending: End?

  /// The way in which the watch ended.
  private enum End {
    /// The client has its answer, or will never get one.
    case quiet
    case gaveUp(ExitReason)
  }

  /// Adds a monitor. Returns false if the watch is over; the monitor then hears what the others have heard.
  func append(_ monitor: ProcessMonitor) -> Bool {
    let known = lock.withLock {
      if ending == nil { monitors.append(monitor) }
      return ending
    }
    switch known {
    case nil: return true
    case .quiet: monitor.cancel()
    case .gaveUp(let reason): monitor.clientGaveUp(reason)
    }
    return false
  }

  /// Ends the watch quietly: the client has its answer, or will never get one.
  func end() { for monitor in takeAll(.quiet) { monitor.cancel() } }

  /// Tells the monitors that the client waits no longer.
  func clientGaveUp(_ reason: ExitReason) { for monitor in takeAll(.gaveUp(reason)) { monitor.clientGaveUp(reason) } }

  private func takeAll(_ new: End) -> [ProcessMonitor] {
    lock.withLock {
      if ending == nil { ending = new }
      let all = monitors
      monitors = []
      return all
    }
  }
}

/// A client that waits for an answer, and that tells the servers' watches when it gives up.
@usableFromInline package class WaitingClient: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; the slot is atomic.
  private let watchSlot = Atomic<Unmanaged<ClientWatch>?>(nil)

  deinit { watchSlot.load(ordering: .acquiring)?.release() }

  /// Why nobody waits any more; nil while somebody does, or when there was an answer.
  @usableFromInline package func reasonForLeaving() -> ExitReason? { nil }

  /// The client, for people to read; nil once the wait is over.
  var dependent: Dependent? { nil }

  /// The reason that the server hears: why the calling process ends, if it does, or else that the caller gave up.
  static func reasonForLeaving(_ caller: ProcessCore?, timedOut: Bool) -> ExitReason {
    if let caller, caller.isExiting || !caller.isAlive { return caller.finalReason(.killed) }
    return .failure(timedOut ? CallError.timeout() : CallError.cancelled())
  }

  /// Called by the server's side.
  @usableFromInline package final func watch(_ watch: ClientWatch) {
    // Both sides use an exchange, so that whichever comes second sees what the other one did.
    watchSlot.exchange(Unmanaged.passRetained(watch), ordering: .acquiringAndReleasing)?.release()
    if let reason = reasonForLeaving() { watch.clientGaveUp(reason) }
  }

  /// Called once `reasonForLeaving` has a reason.
  final func leftUnanswered(_ reason: ExitReason) {
    guard let watch = watchSlot.exchange(nil, ordering: .acquiringAndReleasing) else { return }
    watch.takeRetainedValue().clientGaveUp(reason)
  }
}
