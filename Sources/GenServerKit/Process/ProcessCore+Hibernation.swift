internal import Synchronization

// A process can give up spare memory when nothing has come for a while. The process itself takes no notice of idle
// time: a timer marks it while it is idle, and whoever runs it takes the mark away without looking, since the run right
// never goes back to a marked word. So the loops know nothing of it. A marked process does not lend to the one call
// that may come next.
extension ProcessCore {
  /// Checks after each `interval` whether the process is idle; if nothing has run it by the next check, it hibernates.
  @usableFromInline final func watchIdleness(every interval: Int64) {
    _ = timers.start(.after(.nanoseconds(interval))) { [self] in
      if makes(.takingIdleForLong) { return hibernate(looking: interval) }
      _ = RunRight.Exchange.noticingIdleness.contains { makes($0) }
      watchIdleness(every: interval)
    }
  }

  /// Called with the run right. From now on no timer is armed: when the process wakes, it first does its duty to arm it
  /// again.
  private final func hibernate(looking interval: Int64) {
    giveUpMemory(lookingAgain: interval)
    if !makes(.hibernatingNow) { submit() }
  }

  /// Whether the process hibernates because of its start option.
  package final var isHibernating: Bool { word.load(ordering: .acquiring) == RunRight.hibernating.rawValue }
}
