/// The timers of a runtime that are no process's, such as those for whoever holds a name then. They outlive who set
/// them, and end when the runtime is shut down.
final class RuntimeTimers: TimerOwner, @unchecked Sendable {
  // Unchecked: the list is touched under the lock only.
  let lock = Lock()
  let timeSource: any TimeSource
  private var list: ProcessTimerList? = ProcessTimerList()

  init(_ timeSource: any TimeSource) { self.timeSource = timeSource }

  var openTimers: ProcessTimerList? { list }

  /// No timer fires from now on, and none can be started.
  func close() {
    let timers = lock.withLock {
      let timers = list?.removeAll() ?? []
      list = nil
      return timers
    }
    for timer in timers { timer.ownerEnded() }
  }
}
