import GenServerKit

/// Lets the tasks that move one clock do so one after the other, in the order in which they came.
final class ClockQueue: @unchecked Sendable {
  // Unchecked: touched under the lock only.
  private let lock = Lock()
  private var isTaken = false
  private var waiting: [UnsafeContinuation<Void, Never>] = []

  /// Runs `body`, which has the clock to itself.
  func withClock<Result>(_ body: () async -> Result) async -> Result {
    await enter()
    defer { leave() }
    return await body()
  }

  private func enter() async {
    await withUnsafeContinuation { continuation in
      let isFree = lock.withLock {
        if isTaken { waiting.append(continuation) }
        defer { isTaken = true }
        return !isTaken
      }
      if isFree { continuation.resume() }
    }
  }

  private func leave() {
    let next = lock.withLock { () -> UnsafeContinuation<Void, Never>? in
      if waiting.isEmpty {
        isTaken = false
        return nil
      }
      return waiting.removeFirst()
    }
    next?.resume()
  }
}
