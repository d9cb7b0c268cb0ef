import Foundation
import Testing

@testable import GenServerKit

/// A number that only its lock protects.
private final class LockedCounter: @unchecked Sendable {
  // Unchecked: this is what the lock is tested with.
  let lock = Lock()
  var count = 0
}

@Suite("Lock") struct LockTests {
  @Test("Nothing is lost when many threads want the lock at once")
  func contention() async {
    let counter = LockedCounter()
    let threads = 8
    // This is about threads.
    let rounds = 20_000
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    for _ in 0..<threads {
      Thread.detachNewThread {
        for round in 0..<rounds {
          if round % 2 == 0 {
            counter.lock.withLock { counter.count += 1 }
          } else {
            counter.lock.lock()
            counter.count += 1
            counter.lock.unlock()
          }
        }
        end.yield()
      }
    }
    var ended = 0
    for await _ in ends {
      ended += 1
      if ended == threads { break }
    }
    #expect(counter.lock.withLock { counter.count } == threads * rounds)
  }

  @Test("The lock is free again when the body throws, and its result comes back")
  func body() {
    let lock = Lock()
    #expect(throws: CancellationError.self) { try lock.withLock { throw CancellationError() } }
    #expect(lock.withLock { 7 } == 7)
  }
}
