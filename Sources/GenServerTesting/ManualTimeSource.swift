package import GenServerKit
private import Synchronization

/// Time and timers that only a test moves.
package final class ManualTimeSource: TimeSource {
  private struct State {
    var now: Int64 = 1_000_000_000
    var heap = TimerHeap()
  }

  private static let epoch = Duration.seconds(978_307_200)

  private let state = Mutex(State())

  package init() {}

  package func now() -> Int64 { state.withLock { $0.now } }

  package func wallTime() -> Timestamp {
    Timestamp(sinceEpoch: Self.epoch + .nanoseconds(now() - 1_000_000_000))
  }

  package func arm(_ entry: any TimerEntry, at instant: Int64) {
    state.withLock { $0.heap.insert(entry, at: instant) }
  }

  @discardableResult package func cancel(_ entry: any TimerEntry) -> Bool {
    state.withLock { $0.heap.remove(entry) }
  }

  var armedCount: Int { state.withLock { $0.heap.count } }

  /// Moves to the earliest timer that is due until then, and fires what is due at that instant. False if nothing is.
  func fireNext(until target: Int64) -> Bool {
    let due = state.withLock { state -> [any TimerEntry] in
      guard let instant = state.heap.earliest, instant <= target else { return [] }
      state.now = max(state.now, instant)
      var due: [any TimerEntry] = []
      while let entry = state.heap.popFirst(until: state.now) { due.append(entry) }
      return due
    }
    for entry in due { entry.timerFired() }
    return !due.isEmpty
  }

  func move(to target: Int64) { state.withLock { $0.now = max($0.now, target) } }
}
