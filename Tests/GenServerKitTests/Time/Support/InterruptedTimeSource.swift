import Foundation
import GenServerKit

/// Time in which something happens just when a timer looks at the clock, before it is armed.
final class InterruptedTimeSource: TimeSource, @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var instant: Int64 = 0
  private var interruption: (@Sendable () -> Void)?

  let queue = TimerQueue()

  func now() -> Int64 {
    let (instant, interruption) = lock.withLock {
      defer { self.interruption = nil }
      return (self.instant, self.interruption)
    }
    interruption?()
    return instant
  }

  func wallTime() -> Timestamp { Timestamp(sinceEpoch: .zero) }
  func wake() {}

  var armedCount: Int { queue.count }

  /// When the clock is read next.
  func interrupt(_ body: @escaping @Sendable () -> Void) { lock.withLock { interruption = body } }

  /// The clock goes on, and nothing fires yet.
  func pass(_ duration: Duration) { lock.withLock { instant += duration.wholeNanoseconds } }

  /// Moves to the earliest timer, or as much further as the time source is late, and fires what is due then.
  func fireFirst(lateBy lateness: Duration = .zero) {
    let now = lock.withLock {
      instant = max(instant, queue.earliest ?? instant) + lateness.wholeNanoseconds
      return instant
    }
    var due: [any TimerEntry] = []
    _ = queue.takeDue(until: now, into: &due)
    for entry in due { entry.timerFired() }
  }
}
