import GenServerKit

/// A thread on which the clock of a test runs; a thread that is free serves the next clock.
final class ClockThread: @unchecked Sendable {
  // Unchecked: the work is handed over under the lock.
  private static let lock = Lock()
  // Touched under that lock.
  nonisolated(unsafe) private static var free: [ClockThread] = []
  /// How long a thread stays that no clock needs.
  private static let patience: Int64 = 1_000_000_000

  private let event = Event()
  private var work: (@Sendable () -> Void)?

  private init(_ work: @escaping @Sendable () -> Void) { self.work = work }

  /// Runs the work on one of these threads, or, where the system gives none, on the pool of Swift's tasks.
  static func run(_ work: @escaping @Sendable () -> Void) {
    let waiting = lock.withLock {
      let thread = free.popLast()
      thread?.work = work
      return thread
    }
    if let waiting { return waiting.event.signal() }
    let new = ClockThread(work)
    if SystemThread.start(.clock, { new.serve() }) != nil { Task.detached { work() } }
  }

  private func serve() {
    while let work = takeWork() {
      work()
      Self.lock.withLock { Self.free.append(self) }
      event.wait(nanoseconds: Self.patience)
    }
  }

  /// Waits for work. Returns nil when none has come for a while, and the thread ends.
  private func takeWork() -> (@Sendable () -> Void)? {
    Self.lock.withLock {
      if let work {
        self.work = nil
        return work
      }
      Self.free.removeAll { $0 === self }
      return nil
    }
  }
}
