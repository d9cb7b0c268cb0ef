internal import Synchronization

/// The watches of a server on one of its clients, told when that gives up before it is answered.
///
/// The client may not wait yet: a caller that lends its thread makes a waiter only after the handler has returned. So the
/// watch is kept under its reply node, which has a mark for it, and handed to who waits by whoever comes second.
@usableFromInline package final class ClientWatch: @unchecked Sendable {
  // Unchecked: the list and `isOver` are touched under the lock only.
  private let lock = Lock()
  private var monitors: [ProcessMonitor] = []
  private var isOver = false

  private static let tableLock = Lock()
  // Under the lock.
  @exclusivity(unchecked) nonisolated(unsafe) private static var table: [ObjectIdentifier: ClientWatch] = [:]

  /// The watch of the node's client, made when there is none.
  static func made(for node: ReplyNode) -> ClientWatch {
    tableLock.withLock {
      if let watch = table[ObjectIdentifier(node)] { return watch }
      let watch = ClientWatch()
      table[ObjectIdentifier(node)] = watch
      return watch
    }
  }

  static func of(_ node: ReplyNode) -> ClientWatch? { tableLock.withLock { table[ObjectIdentifier(node)] } }

  /// The client has its answer, or will never get one: nobody hears of it any more.
  static func end(of node: ReplyNode) {
    let watch = tableLock.withLock { table.removeValue(forKey: ObjectIdentifier(node)) }
    for monitor in watch?.takeAll() ?? [] { monitor.cancel() }
  }

  static var count: Int { tableLock.withLock { table.count } }

  /// False if it is over.
  func append(_ monitor: ProcessMonitor) -> Bool {
    lock.withLock {
      if !isOver { monitors.append(monitor) }
      return !isOver
    }
  }

  /// The client waits no longer.
  func clientGaveUp(_ reason: ExitReason) { for monitor in takeAll() { monitor.clientGaveUp(reason) } }

  private func takeAll() -> [ProcessMonitor] {
    lock.withLock {
      isOver = true
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
  func reasonForLeaving() -> ExitReason? { nil }

  /// Who it is; nil once the wait is over.
  var dependent: Dependent? { nil }

  /// What the server hears: why the calling process ends, if it does, or that the caller gave up.
  static func reasonForLeaving(_ caller: ProcessCore?, timedOut: Bool) -> ExitReason {
    if let caller, caller.isExiting { return caller.finalReason(.killed) }
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

extension ReplyNode {
  /// Lets the monitor hear of a client that gives up. An answer that is there already ends it.
  func watchClient(_ monitor: ProcessMonitor) {
    let watch = ClientWatch.made(for: self)
    guard watch.append(monitor) else { return monitor.clientGaveUp(.failure(CallError.cancelled())) }
    if markWatched(watch) { ClientWatch.end(of: self) }
  }
}
