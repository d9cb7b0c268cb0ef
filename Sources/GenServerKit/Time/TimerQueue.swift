/// The timers of a time source, by when they are due.
package final class TimerQueue: @unchecked Sendable {
  // Unchecked: what follows is touched under the lock only, and so are the places of entries and the lists of owners.
  let lock = Lock()
  @exclusivity(unchecked) private var wheel = TimerWheel()
  /// When the time source will look, whatever happens.
  @exclusivity(unchecked) private var looksAt = Int64.max

  package init() {}

  package var count: Int { lock.withLock { wheel.count } }

  /// When the first of them is due.
  package var earliest: Int64? { lock.withLock { wheel.findEarliest() } }

  /// All of them, by when they are due.
  var all: [(instant: Int64, entry: any TimerEntry)] { lock.withLock { wheel.all } }

  /// So many come at a time, so that whoever sets a timer need not wait until all are taken out that are due.
  private static let dueAtOnce = 64

  /// Adds some of what is due, in its order. The time source then has to ask again: until it finds nothing, nobody wakes
  /// it.
  ///
  /// If nothing is due it is to look at the instant returned, at the latest.
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

  /// Somebody has moved the time source's clock, maybe past the instant at which it wanted to look: whatever comes next
  /// wakes it.
  package func clockWasMoved() { lock.withLock { looksAt = .max } }

  /// Under the lock. Returns whether the time source has to be woken.
  func insert(_ entry: any TimerEntry, at instant: Int64) -> Bool {
    let look = wheel.insert(entry, at: instant)
    guard look < looksAt else { return false }
    looksAt = look
    return true
  }

  /// Under the lock. Returns whether it was in.
  @discardableResult func remove(_ entry: any TimerEntry) -> Bool { wheel.remove(entry) }
}
