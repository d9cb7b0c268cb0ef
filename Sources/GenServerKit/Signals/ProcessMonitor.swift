internal import Synchronization

/// The watch behind a `Monitor`: an element of the watched process's list of observers, and of the watcher's own list.
///
/// Between the end of the watched process and the end of the watch, the side that takes the watch off the list of
/// observers wins. For a client, which can also give up, and for a message on its way, `state` decides.
///
/// A watch that has ended is kept for the watcher's next one, as a process that watches often watches again.
@usableFromInline class ProcessMonitor: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; the fields are written under the watcher's lock before anybody else knows of the watch.
  private enum State {
    static let active: UInt8 = 0
    /// The message lies in the watcher's mailbox.
    static let sent: UInt8 = 1
    static let over: UInt8 = 2
  }

  let watcher: ProcessCore
  /// Retained.
  @exclusivity(unchecked) private final var targetReference: Unmanaged<ProcessCore>
  @exclusivity(unchecked) private(set) final var name: String?
  @exclusivity(unchecked) private final var isOnClient = false
  private let state = Atomic<UInt8>(State.active)

  /// The place in the watcher's list, under the watcher's lock.
  @exclusivity(unchecked) fileprivate final var placeAtWatcher = ListPlace<ProcessMonitor>()

  init(_ watcher: ProcessCore, on target: ProcessCore, name: String?) {
    self.watcher = watcher
    targetReference = .passRetained(target)
    self.name = name
    super.init()
  }

  deinit { targetReference.release() }

  final var target: ProcessCore { targetReference.takeUnretainedValue() }

  /// Prepares the object for the next watch. Returns the reference to the process that was watched before, which must
  /// not be dropped under a lock.
  fileprivate final func reset(on target: ProcessCore, name: String?) -> Unmanaged<ProcessCore>? {
    state.store(State.active, ordering: .relaxed)
    if self.name != nil || name != nil { self.name = name }
    let previous = targetReference
    // Usually it is the same process, which saves counting a reference.
    if previous.toOpaque() == Unmanaged.passUnretained(target).toOpaque() { return nil }
    targetReference = .passRetained(target)
    return previous
  }

  /// Lets go of the watch's message, which will not be needed.
  func forgetMessage() {}

  override final func processEnded(_ reason: ExitReason) { send(reason) }

  /// Starts the watch. Called by the watcher, once the watch is in its list.
  final func start() {
    // No process can see its own end.
    if targetReference.toOpaque() == Unmanaged.passUnretained(watcher).toOpaque() {
      _ = cancel()
      return
    }
    if let reason = targetReference._withUnsafeGuaranteedRef({ $0.addObserver(self) }) {
      send(reason == .noConnection ? reason : .noProcess)
    }
    // The watcher may have ended in between, and found nothing to take off the list.
    if state.load(ordering: .acquiring) == State.over { target.removeObserver(self) }
  }

  /// Starts the watch on a client. The client's end counts if it is a process, and so does its giving up.
  final func start(on client: ReplyNode, isProcess: Bool) {
    isOnClient = true
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

  /// Called by the watcher when it takes the message out of its mailbox. Returns false if the watch was ended
  /// meanwhile.
  final func isDelivered() -> Bool { move(from: State.sent, to: State.over) }

  /// Ends the watch; a message that is on its way is not delivered. The watcher calls this, or, for a watch on a
  /// client, any thread. Returns whether there is such a message.
  @discardableResult final func cancel() -> Bool {
    if targetReference._withUnsafeGuaranteedRef({ $0.removeObserver(self) }), !isOnClient {
      state.store(State.over, ordering: .relaxed)
    } else if !move(from: State.active, to: State.over) {
      guard move(from: State.sent, to: State.over) else { return false }
      forgetMessage()
      return true
    }
    forgetMessage()
    watcher.drop(self, keepsForNext: !isOnClient)
    return false
  }

  /// Ends the watch when the watcher has ended.
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
  /// Puts a watch into the list. A process that is ending keeps no watches any more.
  final func keep<Kept: ProcessMonitor>(_ monitor: Kept) -> Kept {
    let isKept = lock.withLock {
      if isClosed { return false }
      relationsUnderLock().monitors.append(monitor)
      return true
    }
    if !isKept { monitor.watcherEnded() }
    return monitor
  }

  /// The watch that ended last, prepared for another target and already in the list; nil if something may still ask
  /// about it.
  final func keptAgain(on target: ProcessCore, name: String?) -> ProcessMonitor? {
    lock.lock()
    guard let monitor = withRelations({ $0.reuseSpareMonitor() }) else {
      lock.unlock()
      return nil
    }
    let previous = monitor._withUnsafeGuaranteedRef { $0.reset(on: target, name: name) }
    lock.unlock()
    previous?.release()
    return monitor.takeUnretainedValue()
  }

  fileprivate final func drop(_ monitor: ProcessMonitor, keepsForNext: Bool = false) {
    lock.lock()
    let previous = withRelations { relations in
      if keepsForNext { return relations.spare(monitor) }
      relations.monitors.remove(monitor)
      return nil
    }
    lock.unlock()
    previous?.release()
  }
}
