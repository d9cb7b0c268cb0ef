internal import Synchronization

/// The watches of a server on one of its clients, told when that gives up before it is answered.
///
/// The client may not wait yet: a caller that lends its thread makes a waiter only after the handler has returned. So the
/// watch lies in its reply node, which has a mark for it, and whoever comes second hands it to who waits.
@usableFromInline package final class ClientWatch: @unchecked Sendable {
  // Unchecked: the list and `ending` are touched under the lock only.
  private let lock = Lock()
  private var monitors: [ProcessMonitor] = []
  private var ending: End?

  /// How the watch came to be over.
  private enum End {
    /// The client has its answer, or will never get one.
    case quiet
    case gaveUp(ExitReason)
  }

  /// False if the watch is over; the monitor then hears what the others have heard.
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

  /// The client has its answer, or will never get one: nobody hears of it any more.
  func end() { for monitor in takeAll(.quiet) { monitor.cancel() } }

  /// The client waits no longer.
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

/// Who waits for an answer, and tells the server's watches when it gives up.
@usableFromInline package class WaitingClient: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; the slot is atomic.
  private let watchSlot = Atomic<Unmanaged<ClientWatch>?>(nil)

  deinit { watchSlot.load(ordering: .acquiring)?.release() }

  /// Why nobody waits any more; nil while somebody does, or when there was an answer.
  @usableFromInline package func reasonForLeaving() -> ExitReason? { nil }

  /// Who it is; nil once the wait is over.
  var dependent: Dependent? { nil }

  /// What the server hears: why the calling process ends, if it does, or that the caller gave up.
  static func reasonForLeaving(_ caller: ProcessCore?, timedOut: Bool) -> ExitReason {
    if let caller, caller.isExiting || !caller.isAlive { return caller.finalReason(.killed) }
    return .failure(timedOut ? CallError.timeout() : CallError.cancelled())
  }

  /// By the server's side.
  @usableFromInline package final func watch(_ watch: ClientWatch) {
    // By exchange on both sides: whoever comes second sees what the other one did.
    watchSlot.exchange(Unmanaged.passRetained(watch), ordering: .acquiringAndReleasing)?.release()
    if let reason = reasonForLeaving() { watch.clientGaveUp(reason) }
  }

  /// After `reasonForLeaving` has got an answer.
  final func leftUnanswered(_ reason: ExitReason) {
    guard let watch = watchSlot.exchange(nil, ordering: .acquiringAndReleasing) else { return }
    watch.takeRetainedValue().clientGaveUp(reason)
  }
}
