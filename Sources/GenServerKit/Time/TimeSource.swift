/// Where a runtime gets its time and its timers from: the system's clock, a test's, or a simulation's.
///
/// Instants are nanoseconds of the clock behind `ContinuousClock`.
package protocol TimeSource: AnyObject, Sendable {
  func now() -> Int64
  func wallTime() -> Timestamp

  /// What is to fire when its time has come.
  var queue: TimerQueue { get }

  /// Something came into the queue that is due before the instant at which the time source wanted to look again.
  func wake()
}

extension TimeSource {
  /// Lets the entry fire at `instant`, or at once if that has passed; an entry that is armed already moves.
  package func arm(_ entry: any TimerEntry, at instant: Int64) {
    let queue = queue
    if queue.lock.withLock({ queue.insert(entry, at: instant) }) { wake() }
  }

  /// Returns whether the entry was still armed, and will therefore not fire.
  @discardableResult package func cancel(_ entry: any TimerEntry) -> Bool {
    let queue = queue
    return queue.lock.withLock { queue.remove(entry) }
  }
}

/// Something that happens at a later time. It knows its place among the others, so that taking it out needs no search.
@usableFromInline package protocol TimerEntry: AnyObject, Sendable {
  /// The place, or -1 for none; touched under the queue's lock only.
  var timerPosition: Int { get set }

  /// Runs outside of any lock, soon after the time has come.
  func timerFired()
}
