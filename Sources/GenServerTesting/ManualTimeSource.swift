package import GenServerKit
import Synchronization

/// Time and timers that only a test moves.
package final class ManualTimeSource: TimeSource {
  package let queue = TimerQueue()
  private let instant = Atomic<Int64>(start)

  static let epoch = Duration.seconds(978_307_200)
  /// Far enough from zero for tests that look back.
  private static let start: Int64 = 1_000_000_000_000_000_000

  package init() {}

  package func now() -> Int64 { instant.load(ordering: .acquiring) }

  package func wallTime() -> Timestamp { Timestamp(sinceEpoch: Self.epoch + .nanoseconds(now() - Self.start)) }

  // As with the system's time, a timer that is due already fires although nobody moves time.
  package func wake() { fireDue() }

  var armedCount: Int { queue.count }

  /// When the next timer is due, if that is not after `target`. A timer that is due at the last instant that can be
  /// counted never fires.
  func earliest(until target: Int64) -> Int64? {
    guard let earliest = queue.earliest, earliest <= target, earliest < .max else { return nil }
    return earliest
  }

  /// Moves to the earliest timer that is due until `target`, and fires all timers of that instant. Returns false if
  /// there is none.
  func fireNext(until target: Int64) -> Bool {
    guard let earliest = earliest(until: target) else { return false }
    move(to: earliest)
    return fireDue()
  }

  /// Whether something should have fired by now.
  var isDue: Bool { earliest(until: now()) != nil }

  /// Moves time to `target`; it never goes back.
  func move(to target: Int64) {
    instant.max(target, ordering: .acquiringAndReleasing)
    queue.clockWasMoved()
  }

  /// Fires all timers that are due, and those that become due by that. Returns whether there were any.
  @discardableResult private func fireDue() -> Bool {
    var hasFired = false
    var due: [any TimerEntry] = []
    while true {
      _ = queue.takeDue(until: min(now(), .max - 1), into: &due)
      if due.isEmpty { return hasFired }
      hasFired = true
      for entry in due { entry.timerFired() }
      due.removeAll(keepingCapacity: due.capacity <= 1024)
    }
  }
}
