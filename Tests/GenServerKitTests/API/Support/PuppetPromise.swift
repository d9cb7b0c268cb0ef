import Foundation

/// A value that comes once; whoever asks waits for it. Cancellation does not end the wait.
final class PuppetPromise<Value: Sendable>: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var result: Value?
  private var waiting: [CheckedContinuation<Value, Never>] = []

  /// The first value counts.
  func fulfil(_ value: Value) {
    let released = lock.withLock {
      if result == nil { result = value }
      defer { waiting = [] }
      return waiting
    }
    for continuation in released { continuation.resume(returning: value) }
  }

  func value() async -> Value {
    await withCheckedContinuation { continuation in
      let known = lock.withLock {
        if result == nil { waiting.append(continuation) }
        return result
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Takes the value out, and with it the reference to it; for what must not be kept alive.
  func take() async -> Value {
    let taken = await value()
    lock.withLock { result = nil }
    return taken
  }

  /// The value if it has come.
  var current: Value? { lock.withLock { result } }

  var isFulfilled: Bool { current != nil }
}

extension PuppetPromise where Value == Void {
  func fulfil() { fulfil(()) }
}
