import Foundation
import GenServerKit

/// Threads that do what they are given at some time and in no order, in the runtime in which they were made.
final class Elsewhere: @unchecked Sendable {
  // Unchecked: everything is touched under the lock of the condition only.
  private let condition = NSCondition()
  private var jobs: [@Sendable () -> Void] = []
  private var isClosed = false
  /// Those that run; none before the first job.
  private var threads = 0
  private let limit: Int
  private let finished = Signal()
  private let runtime = Runtime.current

  init(threads limit: Int = 2) { self.limit = limit }

  func run(_ job: @escaping @Sendable () -> Void) {
    condition.withLock {
      jobs.append(job)
      condition.signal()
      guard threads < limit else { return }
      threads += 1
      Thread.detachNewThread { [self] in work() }
    }
  }

  /// Returns when everything has been done and the threads have ended.
  func close() async {
    let isOver = condition.withLock {
      isClosed = true
      condition.broadcast()
      return threads == 0
    }
    if isOver { finished.send() }
    await finished.wait()
  }

  private func work() {
    // On this very thread: the job does not wait for anything.
    while let job = next() {
      Task.immediateDetached { [runtime] in await withRuntime(runtime) { () async in job() } }
    }
    let isLast = condition.withLock {
      threads -= 1
      return threads == 0
    }
    if isLast { finished.send() }
  }

  private func next() -> (@Sendable () -> Void)? {
    condition.withLock {
      while jobs.isEmpty, !isClosed { condition.wait() }
      return jobs.isEmpty ? nil : jobs.remove(at: Int.random(in: jobs.indices))
    }
  }
}
