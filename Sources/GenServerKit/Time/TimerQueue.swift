/// The timers of a time source, by when they are due.
package final class TimerQueue: @unchecked Sendable {
  // Unchecked: the fields are touched under the lock only, and so are the places of entries and the lists of owners.
  let lock = Lock()
  @exclusivity(unchecked) private var wheel = TimerWheel()
  /// The instant at which the time source will look without being woken.
  @exclusivity(unchecked) private var looksAt = Int64.max

  package init() {}

  package var count: Int { lock.withLock { wheel.count } }

  /// When the first timer is due.
  package var earliest: Int64? { lock.withLock { wheel.findEarliest() } }

  /// All timers, by when they are due.
  var all: [(instant: Int64, entry: any TimerEntry)] { lock.withLock { wheel.all } }

  /// The number of due timers that are taken out at a time, so that a thread that sets a timer need not wait for all of
  /// them.
  private static let dueAtOnce = 64

  /// Adds some of the timers that are due, in their order. The time source then has to ask again: until it finds none,
  /// nothing wakes it.
  ///
  /// If none is due, the time source has to look again at the returned instant, at the latest.
  package func takeDue(until now: Int64, into due: inout [any TimerEntry]) -> Int64? {
    due.reserveCapacity(due.count + Self.dueAtOnce)
    return lock.withLock {
      var count = 0
      while count < Self.dueAtOnce, let entry = wheel.popFirst(until: now) {
        due.append(entry)
        count += 1
      }
      let next = count == 0 ? wheel.earliest : nil
      looksAt = count == 0 ? next ?? .max : .min
      return next
    }
  }

  /// Notes that the time source's clock was moved, maybe past the instant at which it wanted to look: the next timer
  /// that is set wakes it.
  package func clockWasMoved() { lock.withLock { looksAt = .max } }

  /// Called under the lock. Returns whether the time source has to be woken.
  func insert(_ entry: any TimerEntry, at instant: Int64) -> Bool {
    let look = wheel.insert(entry, at: instant)
    guard look < looksAt else { return false }
    looksAt = look
    return true
  }

  /// Called under the lock. Returns whether the entry was in the queue.
  @discardableResult func remove(_ entry: any TimerEntry) -> Bool { wheel.remove(entry) }
}
