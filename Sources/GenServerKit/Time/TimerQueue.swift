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

  /// Takes out what is due. The time source then has to ask again: until it finds nothing, nobody wakes it.
  ///
  /// If nothing is due it is to look at the instant returned, at the latest.
  package func takeDue(until now: Int64, into due: inout [any TimerEntry]) -> Int64? {
    lock.lock()
    defer { lock.unlock() }
    while let entry = wheel.popFirst(until: now) { due.append(entry) }
    let next = due.isEmpty ? wheel.earliest : nil
    looksAt = due.isEmpty ? next ?? .max : .min
    return next
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
