/// Whose timers end with it: a process, or the runtime for those that are no process's.
protocol TimerOwner: AnyObject, Sendable {
  /// Guards the timers.
  var lock: Lock { get }
  var timeSource: any TimeSource { get }

  /// Under the lock; nil once the owner has ended.
  var openTimers: ProcessTimerList? { get }
}

extension TimerOwner {
  /// Arms a timer, whoever asks: the owner may be ending at this moment, and the timer is over then.
  func startTimer(_ schedule: TimerSchedule, _ action: @escaping @Sendable () -> Void) -> TimerReference {
    let timer = ProcessTimer(self, schedule)
    timer.startFromOutside(action)
    return TimerReference(timer)
  }
}

extension ProcessCore: TimerOwner {
  final var timeSource: any TimeSource { runtime.timeSource }
  final var openTimers: ProcessTimerList? { isClosed ? nil : relationsUnderLock().timers }
}
