/// A message on its way to a process, which ends with the process.
final class ProcessTimer: TimerEntry, @unchecked Sendable {
  // Unchecked: the position is touched under the time source's lock, the links under the process's lock, `instant`
  // by whoever arms the timer, one after the other.
  let process: ProcessCore
  private let post: @Sendable () -> Void
  private let interval: Int64?
  private var instant: Int64

  var timerPosition = -1
  fileprivate var previous: ProcessTimer?
  fileprivate var next: ProcessTimer?
  fileprivate var isListed = false

  init(_ process: ProcessCore, at instant: Int64, every interval: Int64?, _ post: @escaping @Sendable () -> Void) {
    self.process = process
    self.instant = instant
    self.interval = interval
    self.post = post
  }

  func start() {
    guard process.keepTimer(self) else { return }
    process.runtime.timeSource.arm(self, at: instant)
  }

  /// What was left, or nil if nothing was armed any more.
  func cancel() -> Int64? {
    let time = process.runtime.timeSource
    let left = process.lockedTimerInstant(self).map { max(0, $0 - time.now()) }
    // Whoever takes it off the list decides: a timer that fires finds nothing there, and sends nothing.
    guard process.dropTimer(self) else { return nil }
    time.cancel(self)
    return left
  }

  var remaining: Int64? {
    process.lockedTimerInstant(self).map { max(0, $0 - process.runtime.timeSource.now()) }
  }

  func timerFired() {
    if let interval {
      // From the instant that was meant, so that nothing drifts; what lies in the past by now is left out.
      guard let next = process.nextTimerInstant(self, interval: interval) else { return }
      process.runtime.timeSource.arm(self, at: next)
      if process.lockedTimerInstant(self) == nil {
        process.runtime.timeSource.cancel(self)
      } else {
        post()
      }
    } else if process.dropTimer(self) {
      post()
    }
  }

  fileprivate func instantUnderLock() -> Int64 { instant }
  fileprivate func moveUnderLock(to instant: Int64) { self.instant = instant }
}

/// The timers of one process; touched under its lock.
final class ProcessTimerList: @unchecked Sendable {
  // Unchecked: see above.
  private var first: ProcessTimer?

  fileprivate func insert(_ timer: ProcessTimer) {
    timer.isListed = true
    timer.next = first
    first?.previous = timer
    first = timer
  }

  fileprivate func remove(_ timer: ProcessTimer) -> Bool {
    guard timer.isListed else { return false }
    timer.isListed = false
    if let previous = timer.previous { previous.next = timer.next } else { first = timer.next }
    timer.next?.previous = timer.previous
    timer.previous = nil
    timer.next = nil
    return true
  }

  func removeAll() -> [ProcessTimer] {
    var all: [ProcessTimer] = []
    while let timer = first {
      first = timer.next
      timer.previous = nil
      timer.next = nil
      timer.isListed = false
      all.append(timer)
    }
    return all
  }
}

extension ProcessCore {
  fileprivate final func keepTimer(_ timer: ProcessTimer) -> Bool {
    lock.withLock {
      guard !isClosed else { return false }
      relationsUnderLock().timers.insert(timer)
      return true
    }
  }

  fileprivate final func dropTimer(_ timer: ProcessTimer) -> Bool {
    lock.withLock { relations?.timers.remove(timer) ?? false }
  }

  fileprivate final func lockedTimerInstant(_ timer: ProcessTimer) -> Int64? {
    lock.withLock { timer.isListed ? timer.instantUnderLock() : nil }
  }

  fileprivate final func nextTimerInstant(_ timer: ProcessTimer, interval: Int64) -> Int64? {
    let now = runtime.timeSource.now()
    return lock.withLock {
      guard timer.isListed else { return nil }
      var next = timer.instantUnderLock() &+ interval
      if next <= now { next += (now - next) / interval * interval + interval }
      timer.moveUnderLock(to: next)
      return next
    }
  }
}
