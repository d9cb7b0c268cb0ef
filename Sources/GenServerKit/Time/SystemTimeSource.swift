private import GenServerKitC

/// The system's clock, and one thread for the timers of all runtimes that use it.
final class SystemTimeSource: TimeSource, @unchecked Sendable {
  // Unchecked: the wheel and `wakesAt` are touched under the lock only.
  static let shared = SystemTimeSource()

  private let lock = Lock()
  private let event = Event()
  private var wheel = TimerWheel()
  private var wakesAt = Int64.max

  private init() {
    SystemThread.start { [self] in run() }
  }

  func now() -> Int64 { gs_clock_now() }
  func wallTime() -> Timestamp { Timestamp(sinceEpoch: .nanoseconds(gs_clock_wall())) }

  func arm(_ entry: any TimerEntry, at instant: Int64) {
    lock.lock()
    let wake = wheel.insert(entry, at: instant)
    let isSooner = wake < wakesAt
    if isSooner { wakesAt = wake }
    lock.unlock()
    if isSooner { event.signal() }
  }

  @discardableResult func cancel(_ entry: any TimerEntry) -> Bool {
    lock.withLock { wheel.remove(entry) }
  }

  private func run() {
    var due: [any TimerEntry] = []
    while true {
      let now = gs_clock_now()
      lock.lock()
      while let entry = wheel.popFirst(until: now) { due.append(entry) }
      let next = wheel.earliest
      wakesAt = due.isEmpty ? next ?? .max : .min
      lock.unlock()
      if due.isEmpty {
        event.wait(nanoseconds: next.map { max(0, $0 - now) })
      } else {
        // While entries fire, `wakesAt` is in the past: nobody needs to signal a thread that is awake.
        for entry in due { entry.timerFired() }
        due.removeAll(keepingCapacity: due.capacity <= 1024)
      }
    }
  }
}
