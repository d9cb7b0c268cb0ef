import Foundation
import GenServerKit

/// What any thread may change. Each change tells those that wait for a value.
final class Observed<Value: Sendable>: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var current: Value
  private var waits: [LimitedWait] = []

  init(_ value: Value) { current = value }

  var value: Value { lock.withLock { current } }

  @discardableResult func change<Result>(_ body: (inout Value) -> Result) -> Result {
    let (result, told) = lock.withLock {
      defer { waits = [] }
      return (body(&current), waits)
    }
    for wait in told { wait.resolve() }
    return result
  }

  /// The value once it is as wanted; what it is after thirty seconds on the wall if it never was.
  func value(where isWanted: (Value) -> Bool) async -> Value {
    let limit = WaitLimit(.seconds(30), in: observing)
    while true {
      let wait = LimitedWait(limit)
      let seen = lock.withLock {
        if !isWanted(current) { waits.append(wait) }
        return current
      }
      if isWanted(seen) { return seen }
      guard await wait.wait() else {
        return lock.withLock {
          waits.removeAll { $0 === wait }
          return current
        }
      }
    }
  }
}

/// Of its own, so that no test's clock has the timer.
private let observing = Runtime()
