import Foundation

@testable import GenServerKit

/// A source of threads that refuses them while it is told to.
final class Refusals: Sendable {
  private let left: Locked<Int>
  private let asked = Locked(0)

  /// Grants so many threads at first.
  init(granting count: Int = 0) { left = Locked(count) }

  var source: ThreadSource {
    ThreadSource { [self] role, body in
      asked.withLock { $0 += 1 }
      let isGranted = left.withLock { left in
        if left == 0 { return false }
        left -= 1
        return true
      }
      return isGranted ? SystemThread.start(role, body) : ThreadShortage(code: EAGAIN)
    }
  }

  /// Grants all from now on.
  func end() { left.withLock { $0 = .max } }

  /// How often a thread was asked for.
  var count: Int { asked.withLock { $0 } }
}
