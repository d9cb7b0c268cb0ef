private import GenServerKitC
public import Synchronization

/// A word, some tries, then yields.
///
/// `Synchronization.Mutex` hands over through the kernel on Linux, a convoy when many threads send to one mailbox, and
/// the thread sanitizer cannot see it. What this lock guards is a few instructions long, never a callback or a log.
@usableFromInline package struct Lock: ~Copyable, Sendable {
  @usableFromInline let word = Atomic<UInt32>(0)

  @inlinable package init() {}

  @inlinable func lock() {
    if !word.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { lockContended() }
  }

  @inlinable func unlock() { word.store(0, ordering: .releasing) }

  @usableFromInline @inline(never) func lockContended() {
    while true {
      for _ in 0..<40 {
        if word.load(ordering: .relaxed) == 0,
          word.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
        {
          return
        }
        gs_pause()
      }
      gs_thread_yield()
    }
  }

  package func withLock<Result: ~Copyable>(_ body: () throws -> Result) rethrows -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}
