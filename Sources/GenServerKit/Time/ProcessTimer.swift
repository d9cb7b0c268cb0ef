/// Something that happens later, once or at intervals, and ends with its owner: mostly a message for a process, which
/// owns it.
final class ProcessTimer: TimerEntry, @unchecked Sendable {
  // Unchecked: the position is touched under the time source's lock, what is fileprivate under the owner's lock, but for
  // the action of a timer that has been taken off the list, which is its taker's.
  private let owner: any TimerOwner
  private let interval: Int64?

  var timerPosition = -1
  fileprivate var instant: Int64
  /// Gone when the timer is over, with what it holds, although somebody may keep the reference.
  fileprivate var action: (@Sendable () -> Void)?
  fileprivate var place = ListPlace<ProcessTimer>()

  init(_ owner: any TimerOwner, _ schedule: TimerSchedule) {
    self.owner = owner
    instant = schedule.instant(on: owner.timeSource)
    interval = schedule.interval
  }

  /// By the owner itself, which cannot end meanwhile. Without effect if it has ended.
  func start(_ action: @escaping @Sendable () -> Void) {
    let instant = self.instant
    let isKept = owner.lock.withLock {
      guard let timers = owner.openTimers else { return false }
      timers.insert(self, action)
      return true
    }
    if isKept { owner.timeSource.arm(self, at: instant) }
  }

  /// By somebody else: an owner that ended before the timer was armed has not found it there.
  func startFromOutside(_ action: @escaping @Sendable () -> Void) {
    start(action)
    if lockedInstant == nil { owner.timeSource.cancel(self) }
  }

  /// What was left, or nil if nothing was armed any more.
  func cancel() -> Int64? {
    // Whoever takes it off the list decides: a timer that fires finds nothing there, and does nothing.
    guard let taken = take() else { return nil }
    owner.timeSource.cancel(self)
    return left(until: taken.instant)
  }

  var remaining: Int64? { lockedInstant.map(left(until:)) }

  func timerFired() {
    guard let interval else {
      take()?.action()
      return
    }
    // From the instant that was meant, so that nothing drifts; what lies in the past by now is left out.
    guard let next = moveOn(by: interval) else { return }
    owner.timeSource.arm(self, at: next)
    if let action = owner.lock.withLock({ place.isListed ? action : nil }) {
      action()
    } else {
      owner.timeSource.cancel(self)
    }
  }

  /// After the owner has taken all its timers off the list.
  func ownerEnded() {
    owner.timeSource.cancel(self)
    action = nil
  }

  private func take() -> (action: @Sendable () -> Void, instant: Int64)? {
    owner.lock.withLock { owner.openTimers?.remove(self) }
  }

  private var lockedInstant: Int64? { owner.lock.withLock { place.isListed ? instant : nil } }

  private func left(until instant: Int64) -> Int64 { max(0, instant - owner.timeSource.now()) }

  private func moveOn(by interval: Int64) -> Int64? {
    let now = owner.timeSource.now()
    return owner.lock.withLock {
      guard place.isListed else { return nil }
      // All that has passed since, and one more.
      let passed = max(0, now - instant) / interval * interval
      let (next, overflow) = (instant + passed).addingReportingOverflow(interval)
      instant = overflow ? .max : next
      return instant
    }
  }
}

private struct TimerPlaces: ListPlaces {
  func withPlace<Result>(of timer: ProcessTimer, _ body: (inout ListPlace<ProcessTimer>) -> Result) -> Result {
    body(&timer.place)
  }
}

/// The timers of one owner; touched under its lock.
final class ProcessTimerList: @unchecked Sendable {
  // Unchecked: see above.
  private var list = IntrusiveList(TimerPlaces())

  fileprivate func insert(_ timer: ProcessTimer, _ action: @escaping @Sendable () -> Void) {
    timer.action = action
    list.append(timer)
  }

  /// Hands out what it holds, which is not to be dropped under the lock.
  fileprivate func remove(_ timer: ProcessTimer) -> (action: @Sendable () -> Void, instant: Int64)? {
    guard let action = timer.action, list.remove(timer) else { return nil }
    timer.action = nil
    return (action, timer.instant)
  }

  /// For the owner's end, which then tells each of them.
  func removeAll() -> [ProcessTimer] { list.removeAll() }
}
