private import GenServerKitC

/// The system's clock, and one thread for the timers of all runtimes that use it.
package final class SystemTimeSource: TimeSource {
  package static let shared = SystemTimeSource()

  package let queue = TimerQueue()
  private let event = Event()

  private init() {
    SystemThread.start { [self] in run() }
  }

  package func now() -> Int64 { gs_clock_now() }
  package func wallTime() -> Timestamp { Timestamp(sinceEpoch: .nanoseconds(gs_clock_wall())) }
  package func wake() { event.signal() }

  private func run() {
    var due: [any TimerEntry] = []
    while true {
      let now = gs_clock_now()
      let next = queue.takeDue(until: now, into: &due)
      if due.isEmpty {
        event.wait(nanoseconds: next.map { max(0, $0.subtractingClamped(now)) })
      } else {
        for entry in due { entry.timerFired() }
        due.removeAll(keepingCapacity: due.capacity <= 1024)
      }
    }
  }
}
