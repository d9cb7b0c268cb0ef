import Foundation
import GenServerKit

/// Time that moves from timer to timer, and lets something happen just before a timer is armed.
final class InterruptedTimeSource: TimeSource, @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var instant: Int64 = 0
  private var heap = TimerHeap()
  private var interruption: (@Sendable () -> Void)?

  func now() -> Int64 { lock.withLock { instant } }
  func wallTime() -> Timestamp { Timestamp(sinceEpoch: .zero) }

  var armedCount: Int { lock.withLock { heap.count } }

  /// Before the next timer is armed.
  func interrupt(_ body: @escaping @Sendable () -> Void) { lock.withLock { interruption = body } }

  func arm(_ entry: any TimerEntry, at instant: Int64) {
    let body = lock.withLock {
      defer { interruption = nil }
      return interruption
    }
    body?()
    lock.withLock { heap.insert(entry, at: instant) }
  }

  @discardableResult func cancel(_ entry: any TimerEntry) -> Bool { lock.withLock { heap.remove(entry) } }

  /// Moves to the earliest timer, and fires it.
  func fireFirst() {
    let entry = lock.withLock {
      instant = heap.earliest ?? instant
      return heap.popFirst(until: instant)
    }
    entry?.timerFired()
  }
}
