internal import Synchronization

/// The watches of a server on one of its clients, told when that gives up before it is answered.
///
/// The client may not wait yet: a caller that lends its thread makes a waiter only after the handler has returned. So the
/// watch lies in its reply node, which has a mark for it, and whoever comes second hands it to who waits.
@usableFromInline package final class ClientWatch: @unchecked Sendable {
  // Unchecked: the list and `ending` are touched under the lock only.
  private let lock = Lock()
  private var monitors: [ProcessMonitor] = []
  private var ending: Ending?

  /// Returns how the watch has ended, if it has: then the monitor is not taken.
  func append(_ monitor: ProcessMonitor) -> Ending? {
    lock.withLock {
      if ending == nil { monitors.append(monitor) }
      return ending
    }
  }

  /// The client has its answer, or will never get one: nobody hears of it any more.
  func end() { for monitor in takeAll(.silently) { monitor.cancel() } }

  /// The client waits no longer.
  func clientGaveUp(_ reason: ExitReason) {
    for monitor in takeAll(.clientGaveUp(reason)) { monitor.clientGaveUp(reason) }
  }

  private func takeAll(_ ending: Ending) -> [ProcessMonitor] {
    lock.withLock {
      // The first one counts.
      if self.ending == nil { self.ending = ending }
      let all = monitors
      monitors = []
      return all
    }
  }

  enum Ending {
    case silently
    case clientGaveUp(ExitReason)
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
