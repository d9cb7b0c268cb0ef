import Dispatch

/// Where a handler stands until the test lets it go on: a slow callback without sleeping.
final class Gate: Sendable {
  private let reached = Signal()
  private let opened = Signal()
  private let semaphore = DispatchSemaphore(value: 0)

  /// For plain handlers. The thread is held, so only for servers that never lend, whose handlers run on a thread of the
  /// library's own.
  func block() {
    reached.send()
    semaphore.wait()
    semaphore.signal()
  }

  /// For async handlers; cancelling the task ends the wait with an error.
  func pass() async throws {
    reached.send()
    await opened.wait()
    try Task.checkCancellation()
  }

  func open() {
    opened.send()
    semaphore.signal()
  }

  /// Returns when somebody stands at the gate, or has passed it.
  func waitUntilReached() async { await reached.wait() }
}
