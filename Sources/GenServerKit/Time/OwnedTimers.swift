struct OwnedTimerPlaces: ListPlaces {
  // A timer on the list is armed, or was just taken out by the time source.
  static var keepsElements: Bool { false }

  @inline(__always) func withPlace<Result>(
    of timer: OwnedTimer, _ body: (inout ListPlace<OwnedTimer>) -> Result
  ) -> Result { body(&timer.place) }
}

/// The timers of one owner, which end with it: those of a process, or the runtime's, which belong to no process.
final class OwnedTimers: @unchecked Sendable {
  // Unchecked: the list and `isClosed` are touched under the queue's lock.
  let timeSource: any TimeSource
  private let queue: TimerQueue
  @exclusivity(unchecked) private var list = IntrusiveList(OwnedTimerPlaces())
  @exclusivity(unchecked) private var isClosed = false

  init(_ timeSource: any TimeSource) {
    self.timeSource = timeSource
    queue = timeSource.queue
  }

  /// The timers of an owner that has ended.
  static func closed(_ timeSource: any TimeSource) -> OwnedTimers {
    let timers = OwnedTimers(timeSource)
    timers.isClosed = true
    return timers
  }

  /// Runs an action later. The timer is over at once if its owner has ended. An action that runs users' code needs the
  /// runtime's errands.
  func start(
    _ schedule: TimerSchedule, errands: Errands? = nil, _ action: @escaping @Sendable () -> Void
  ) -> TimerReference { start(schedule, errands, .act(action)) }

  /// Sends something later. The sending thread asks the timer, under the lock of the receiver, whether it still counts.
  func start(
    _ schedule: TimerSchedule, errands: Errands? = nil, sending send: @escaping @Sendable (OwnedTimer) -> Void
  ) -> TimerReference { start(schedule, errands, .send(send)) }

  private func start(_ schedule: TimerSchedule, _ errands: Errands?, _ action: ActionTimer.Action) -> TimerReference {
    let timer = ActionTimer(self, errands: errands, action)
    timer.start(schedule)
    return TimerReference(timer)
  }

  fileprivate func start(_ timer: OwnedTimer, _ schedule: TimerSchedule) {
    let instant = schedule.instant(on: timeSource)
    queue.lock.lock()
    if isClosed {
      queue.lock.unlock()
      return timer.forget()
    }
    timer.instant = instant
    timer.interval = schedule.interval
    timer.begins()
    list.append(timer)
    let wakes = queue.insert(timer, at: instant)
    queue.lock.unlock()
    if wakes { timeSource.wake() }
  }

  /// Cancels the timer, and returns when it was due; nil if it was over already.
  fileprivate func cancel(_ timer: OwnedTimer) -> Int64? {
    queue.lock.lock()
    #if DEBUG
      if timer.firesAnyway, timer.place.isListed {
        queue.lock.unlock()
        return timer.instant
      }
    #endif
    // A timer that has just sent its message stays on the list until its firing is done.
    guard timer.place.isListed, timer.ends() else {
      queue.lock.unlock()
      return nil
    }
    _ = list.remove(timer)
    queue.remove(timer)
    let instant = timer.instant
    let isFiring = timer.isFiring
    queue.lock.unlock()
    if !isFiring { timer.forget() }
    return instant
  }

  /// When the timer is due; nil if it is over.
  fileprivate func instant(of timer: OwnedTimer) -> Int64? {
    queue.lock.withLock { timer.place.isListed && !timer.isOver ? timer.instant : nil }
  }

  /// The timers that are not over, with the time that is left of each, in the order in which they are due.
  var all: [(timer: OwnedTimer, left: Duration)] {
    queue.lock.withLock { list.all.filter { !$0.isOver }.map { (timer: $0, instant: $0.instant) } }.sorted {
      $0.instant < $1.instant
    }
    .map { (timer: $0.timer, left: .nanoseconds(left(until: $0.instant))) }
  }

  fileprivate func left(until instant: Int64) -> Int64 { max(0, instant.subtractingClamped(timeSource.now())) }

  fileprivate func fire(_ timer: OwnedTimer) {
    // The interval of a timer does not change while anything refers to it, as the firing thread does.
    let isRepeated = timer.interval > 0
    let now = isRepeated ? timeSource.now() : 0
    queue.lock.lock()
    guard timer.place.isListed else { return queue.lock.unlock() }
    let wakes = isRepeated && insertAgain(timer, now: now)
    let isFree = !timer.isFiring
    timer.isFiring = true
    queue.lock.unlock()
    if wakes { timeSource.wake() }
    guard isFree else { return }
    if !timer.hasMessageWaiting { timer.fire() }
    let isOver = queue.lock.withLock {
      timer.isFiring = false
      // The timer is over even if it sent nothing, as when no process was there.
      if !isRepeated, list.remove(timer) { _ = timer.ends() }
      return !timer.place.isListed
    }
    if isOver { timer.forget() }
  }

  /// Arms a repeated timer again. Called under the lock. Returns whether the time source has to be woken.
  private func insertAgain(_ timer: OwnedTimer, now: Int64) -> Bool {
    // It counts from the instant that was meant, so that nothing drifts. Intervals that have passed by now are left
    // out.
    let passed = max(0, now.subtractingClamped(timer.instant)) / timer.interval * timer.interval
    timer.instant = timer.instant.addingClamped(passed).addingClamped(timer.interval)
    return queue.insert(timer, at: timer.instant)
  }

  /// Ends the timers with their owner; none can be started any more.
  func close() {
    queue.lock.lock()
    isClosed = true
    let all = list.removeAll()
    for timer in all {
      _ = timer.ends()
      queue.remove(timer)
    }
    let idle = all.filter { !$0.isFiring }
    queue.lock.unlock()
    for timer in idle { timer.forget() }
  }
}

extension OwnedTimer {
  /// Starts the timer, which is over at once if the owner has ended.
  final func start(_ schedule: TimerSchedule) { withTimers { $0.start(self, schedule) } }

  /// Cancels the timer, and returns when it was due; nil if it was over already.
  final func cancel() -> Int64? { withTimers { $0.cancel(self) } }

  /// The time from now on, on the owner's clock.
  final func left(until instant: Int64) -> Int64 { withTimers { $0.left(until: instant) } }

  /// When the timer is due; nil if it is over.
  final var dueInstant: Int64? { withTimers { $0.instant(of: self) } }

  @usableFromInline package final func timerFired() { withTimers { $0.fire(self) } }
}
