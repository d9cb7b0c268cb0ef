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

  // As with the system's time, what is due already fires without anybody moving time.
  package func wake() { fireDue() }

  var armedCount: Int { queue.count }

  /// When the next timer is due, if that is not after `target`. What is due at the end of all time never comes.
  func earliest(until target: Int64) -> Int64? {
    guard let earliest = queue.earliest, earliest <= target, earliest < .max else { return nil }
    return earliest
  }

  /// Moves to the earliest timer that is due until then, and fires what is due at that instant. False if nothing is.
  func fireNext(until target: Int64) -> Bool {
    guard let earliest = earliest(until: target) else { return false }
    move(to: earliest)
    return fireDue()
  }

  /// Whether something should have fired by now.
  var isDue: Bool { earliest(until: now()) != nil }

  /// Time never goes back.
  func move(to target: Int64) {
    instant.max(target, ordering: .acquiringAndReleasing)
    queue.clockWasMoved()
  }

  /// Also what comes to be due by that. Returns whether there was anything.
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
