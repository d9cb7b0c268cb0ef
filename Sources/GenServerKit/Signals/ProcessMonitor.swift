internal import Synchronization

/// What a `Monitor` refers to: an element of the watched process's list of observers, and of the watcher's own.
///
/// `state` is the arbiter between the end of the watched process, the end of the watch, and the message on its way.
@usableFromInline class ProcessMonitor: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; everything here is constant or atomic.
  private enum State {
    static let active: UInt8 = 0
    /// The message lies in the watcher's mailbox.
    static let sent: UInt8 = 1
    static let over: UInt8 = 2
  }

  let watcher: ProcessCore
  let target: ProcessCore
  let name: String?
  private let state = Atomic<UInt8>(State.active)

  /// In the watcher's list, under its lock.
  @exclusivity(unchecked) fileprivate var placeAtWatcher = ListPlace<ProcessMonitor>()

  init(_ watcher: ProcessCore, on target: ProcessCore, name: String?) {
    self.watcher = watcher
    self.target = target
    self.name = name
    super.init()
  }

  override final func processEnded(_ reason: ExitReason) { send(reason) }

  final func start() {
    // Nobody sees the end of itself.
    if target === watcher { return state.store(State.over, ordering: .relaxed) }
    guard watcher.keep(self) else { return state.store(State.over, ordering: .relaxed) }
    if let reason = target.addObserver(self) { send(reason == .noConnection ? reason : .noProcess) }
    // The watcher may have ended in between, and found nothing to take off the list.
    if state.load(ordering: .acquiring) == State.over { target.removeObserver(self) }
  }

  /// The same for a client: its end counts if it is a process, and that it gives up.
  final func start(on client: ReplyNode, isProcess: Bool) {
    guard watcher.keep(self) else { return state.store(State.over, ordering: .relaxed) }
    if isProcess, let reason = target.addObserver(self) { send(reason) }
    client.watchClient(self)
    if state.load(ordering: .acquiring) == State.over { target.removeObserver(self) }
  }

  final func clientGaveUp(_ reason: ExitReason) {
    send(reason)
    target.removeObserver(self)
  }

  private func send(_ reason: ExitReason) {
    guard move(from: State.active, to: State.sent) else { return }
    watcher.drop(self)
    _ = watcher.post(.down(self, reason))
  }

  /// Whether the message has been sent and is still wanted.
  final var isOnItsWay: Bool { state.load(ordering: .acquiring) == State.sent }

  /// By the watcher, which takes the message out of its mailbox. False if the watch was ended meanwhile.
  final func isDelivered() -> Bool { move(from: State.sent, to: State.over) }

  /// Ends the watch; a message that is on its way is not delivered.
  final func cancel() {
    if move(from: State.active, to: State.over) {
      target.removeObserver(self)
      watcher.drop(self)
    } else {
      _ = move(from: State.sent, to: State.over)
    }
  }

  /// When the watcher has ended.
  final func watcherEnded() {
    if move(from: State.active, to: State.over) { target.removeObserver(self) }
  }

  private func move(from: UInt8, to: UInt8) -> Bool {
    state.compareExchange(expected: from, desired: to, ordering: .acquiringAndReleasing).exchanged
  }

  final func down(_ reason: ExitReason) -> Down {
    Down(monitor: Monitor(self), pid: PID(target), name: name, reason: reason)
  }
}

struct ProcessMonitorPlaces: ListPlaces {
  @inline(__always) func withPlace<Result>(
    of monitor: ProcessMonitor, _ body: (inout ListPlace<ProcessMonitor>) -> Result
  ) -> Result { body(&monitor.placeAtWatcher) }
}

/// The watches of one process; touched under its lock.
typealias ProcessMonitorList = IntrusiveList<ProcessMonitorPlaces>

extension ProcessMonitorList {
  init() { self.init(ProcessMonitorPlaces()) }
}

extension ProcessCore {
  /// False if the process is ending: it gets no messages any more.
  fileprivate final func keep(_ monitor: ProcessMonitor) -> Bool {
    lock.withLock {
      if isClosed { return false }
      relationsUnderLock().monitors.append(monitor)
      return true
    }
  }

  fileprivate final func drop(_ monitor: ProcessMonitor) { lock.withLock { _ = relations?.monitors.remove(monitor) } }
}
