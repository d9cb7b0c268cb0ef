private import GenServerKitC

/// The system's clock, and one thread for the timers of all runtimes that use it.
package final class SystemTimeSource: TimeSource {
  package static let shared = SystemTimeSource()

  package let queue: TimerQueue
  private let thread: TimerThread

  private init() {
    queue = TimerQueue()
    thread = TimerThread(queue)
    thread.start()
  }

  package func now() -> Int64 { gs_clock_now() }
  package func wallTime() -> Timestamp { Timestamp(sinceEpoch: .nanoseconds(gs_clock_wall())) }
  package func wake() { thread.wake() }
  package func threadShortage() -> ThreadShortage? { thread.start() }
}

/// The thread that fires the timers that are due. It serves all runtimes, so no code of users runs here; see `Errands`.
final class TimerThread: Sendable {
  /// The system counts the time of a wait by a clock that may stand still while the machine sleeps, unlike the clock of
  /// the timers. So a wait is short, and ends with a look at the timers' clock: after a sleep of the machine timers are
  /// late by this time at most.
  private static let longestWait: Int64 = 1_000_000_000

  private let queue: TimerQueue
  private let event = Event()
  private let thread: StandingThread
  private let clock: @Sendable () -> Int64

  init(
    _ queue: TimerQueue, threads: ThreadSource = .system, clock: @escaping @Sendable () -> Int64 = { gs_clock_now() }
  ) {
    self.queue = queue
    self.clock = clock
    thread = StandingThread(.timer, from: threads)
  }

  /// Starts the thread. Returns why it does not run; each further call tries again.
  @discardableResult func start() -> ThreadShortage? {
    thread.isRunning ? nil : thread.start { [self] in run() }
  }

  func wake() {
    start()
    event.signal()
  }

  private func run() {
    ThreadRecord.serveAllRuntimes()
    var due: [any TimerEntry] = []
    while true {
      let now = clock()
      let next = queue.takeDue(until: now, into: &due)
      if due.isEmpty {
        event.wait(nanoseconds: next.map { min(max(0, $0.subtractingClamped(now)), Self.longestWait) })
      } else {
        for entry in due {
          if let errands = entry.errands { errands.leave { entry.timerFired() } } else { entry.timerFired() }
        }
        due.removeAll(keepingCapacity: due.capacity <= 1024)
      }
    }
  }
}
