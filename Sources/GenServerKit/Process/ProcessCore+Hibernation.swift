internal import Synchronization

// A process that gives up spare memory when nothing has come for a while. Nothing tells it so: a timer marks it while it
// is idle, and whoever runs it takes the mark away without looking, since the run right never goes back to a marked word.
// So the loops know nothing of it. A marked process does not lend, for the one call that may come.
extension ProcessCore {
  /// Looks after `interval` whether the process is idle; if it still is after another, it hibernates.
  @usableFromInline final func watchIdleness(every interval: Int64) {
    _ = timers.start(.after(.nanoseconds(interval))) { [self] in
      if makes(.takingIdleForLong) { return hibernate(looking: interval) }
      _ = RunRight.Exchange.noticingIdleness.contains { makes($0) }
      watchIdleness(every: interval)
    }
  }

  /// With the run right. From now on no timer is armed: what wakes the process begins with its duty to look again.
  private final func hibernate(looking interval: Int64) {
    giveUpMemory(lookingAgain: interval)
    if !makes(.hibernatingNow) { submit() }
  }

  /// Whether it hibernates because of its start option.
  package final var isHibernating: Bool { word.load(ordering: .acquiring) == RunRight.hibernating.rawValue }
}
