import Foundation

/// Something that happens once; whoever waits for it goes on when it does, or at once if it already has.
final class Signal: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var isSent = false
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
  private var lastTicket = 0

  func send() {
    let released = lock.withLock {
      defer { waiting = [:] }
      isSent = true
      return waiting.values
    }
    for continuation in released { continuation.resume() }
  }

  /// Also returns when the task is cancelled.
  func wait() async {
    let ticket = lock.withLock {
      lastTicket += 1
      return lastTicket
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if !park(continuation, ticket) { continuation.resume() }
      }
    } onCancel: {
      lock.withLock { waiting.removeValue(forKey: ticket) }?.resume()
    }
  }

  private func park(_ continuation: CheckedContinuation<Void, Never>, _ ticket: Int) -> Bool {
    lock.withLock {
      if isSent || Task.isCancelled { return false }
      waiting[ticket] = continuation
      return true
    }
  }
}
