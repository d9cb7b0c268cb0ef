package import GenServerKit

/// Time and timers that only a test moves.
package final class ManualTimeSource: TimeSource, @unchecked Sendable {
  // Unchecked: touched under the lock only, which is the library's, as the thread sanitizer does not see `Mutex` on Linux.
  private let lock = Lock()
  private var instant = start
  private var heap = TimerHeap()

  private static let epoch = Duration.seconds(978_307_200)
  /// Far enough from zero for tests that look back.
  private static let start: Int64 = 1_000_000_000_000_000_000

  package init() {}

  package func now() -> Int64 { lock.withLock { instant } }

  package func wallTime() -> Timestamp { Timestamp(sinceEpoch: Self.epoch + .nanoseconds(now() - Self.start)) }

  package func arm(_ entry: any TimerEntry, at instant: Int64) {
    let isDue = lock.withLock {
      if instant > self.instant {
        heap.insert(entry, at: instant)
        return false
      }
      heap.remove(entry)
      return true
    }
    // As with the system's time, what is due already fires without anybody moving time.
    if isDue { entry.timerFired() }
  }

  @discardableResult package func cancel(_ entry: any TimerEntry) -> Bool {
    lock.withLock { heap.remove(entry) }
  }

  var armedCount: Int { lock.withLock { heap.count } }

  /// Moves to the earliest timer that is due until then, and fires what is due at that instant. False if nothing is.
  func fireNext(until target: Int64) -> Bool {
    let due = lock.withLock { () -> [any TimerEntry] in
      guard let earliest = heap.earliest, earliest <= target else { return [] }
      instant = max(instant, earliest)
      var due: [any TimerEntry] = []
      while let entry = heap.popFirst(until: instant) { due.append(entry) }
      return due
    }
    for entry in due { entry.timerFired() }
    return !due.isEmpty
  }

  func move(to target: Int64) { lock.withLock { instant = max(instant, target) } }
}
