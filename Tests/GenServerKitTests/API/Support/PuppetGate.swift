import Dispatch

/// Where a handler stands until the test lets it go on.
final class PuppetGate: Sendable {
  /// Somebody stands at the gate, or has passed it.
  let reached = PuppetPromise<Void>()
  private let opened = PuppetPromise<Void>()
  private let semaphore = DispatchSemaphore(value: 0)

  /// For plain handlers; the thread is held.
  func block() {
    reached.fulfil()
    semaphore.wait()
    semaphore.signal()
  }

  /// For async handlers. Cancelling the task changes nothing.
  func stand() async {
    reached.fulfil()
    await opened.value()
  }

  /// For async handlers. Cancelling the task ends the wait with an error.
  func pass() async throws {
    await withTaskCancellationHandler {
      await stand()
    } onCancel: {
      opened.fulfil()
    }
    try Task.checkCancellation()
  }

  func open() {
    opened.fulfil()
    semaphore.signal()
  }
}
