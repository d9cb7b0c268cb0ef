private import GenServerKitC
public import Synchronization

/// A lock that is one word: a thread that waits tries some times, then yields, then sleeps.
///
/// It guards only a few instructions, never a callback or a log. `Synchronization.Mutex` hands over through the kernel
/// on Linux, a convoy when many threads send to one mailbox, and the thread sanitizer cannot see it.
///
/// To lock is one compare-exchange and to unlock one store. A lock whose waiters are woken needs an exchange to unlock,
/// which would cost every message some twenty nanoseconds to find out that nobody waits. So here no thread is woken. A
/// waiting thread spins for some forty microseconds, longer than any thread that has a core holds the lock. If it is
/// still taken then, its holder was interrupted, and the waiter sleeps, for 50 µs at first and 1.6 ms at most: it burns
/// no core, and it leaves its own to a holder of lower priority, which `sched_yield` does not do for a thread under
/// `SCHED_FIFO`.
@usableFromInline package struct Lock: ~Copyable, Sendable {
  @usableFromInline let word = Atomic<UInt32>(0)

  @inlinable package init() {}

  @inlinable func lock() {
    if !word.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { lockContended() }
  }

  @inlinable func unlock() { word.store(0, ordering: .releasing) }

  @usableFromInline @inline(never) func lockContended() {
    var turn: UInt32 = 0
    while true {
      if word.load(ordering: .relaxed) == 0,
        word.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
      {
        return
      }
      gs_thread_back_off(turn)
      if turn < .max { turn += 1 }
    }
  }

  package func withLock<Result: ~Copyable>(_ body: () throws -> Result) rethrows -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}
