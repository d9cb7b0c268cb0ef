import Foundation

/// What only one process can have at a time, such as a port or a file.
final class ExclusiveResource: @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var isTaken = false

  struct Taken: Error {}

  var isFree: Bool { lock.withLock { !isTaken } }

  func claim() throws {
    try lock.withLock {
      if isTaken { throw Taken() }
      isTaken = true
    }
  }

  func release() { lock.withLock { isTaken = false } }
}
