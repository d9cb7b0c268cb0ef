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

  /// Processor time of the calling thread, in nanoseconds.
  private static func processorTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  @Test("Who has to wait for long leaves the core to others")
  func sleeps() async {
    let lock = LockedCounter()
    let (begun, ended) = (Observed(false), Observed<Int64?>(nil))
    let work: Int64 = 200_000_000
    let holder = Observed<Void?>(nil)
    Thread.detachNewThread {
      lock.lock.lock()
      begun.change { $0 = true }
      // As long as the waiting thread can have used as much.
      let end = Self.processorTime() + work
      while Self.processorTime() < end {}
      lock.lock.unlock()
      holder.change { $0 = () }
    }
    _ = await begun.value { $0 }
    Thread.detachNewThread {
      let begin = Self.processorTime()
      lock.lock.withLock { lock.count += 1 }
      let used = Self.processorTime() - begin
      ended.change { $0 = used }
    }
    _ = await holder.value { $0 != nil }
    let used = await ended.value { $0 != nil }
    #expect(used ?? .max < work / 4)
  }

  #if os(Linux)
    /// The calling thread runs on the first core alone.
    private static func pin() -> Bool {
      typealias Pin = @convention(c) (pid_t, Int, UnsafeRawPointer) -> CInt
      // A function of GNU's, which the module of the C library does not show.
      guard let symbol = dlsym(nil, "sched_setaffinity") else { return false }
      var set = cpu_set_t()
      withUnsafeMutableBytes(of: &set) { $0[0] = 1 }
      return unsafeBitCast(symbol, to: Pin.self)(0, MemoryLayout<cpu_set_t>.size, &set) == 0
    }

    @Test("Many threads on one core all get the lock")
    func oneCore() async {
      let counter = LockedCounter()
      let threads = 32
      let rounds = 2000
      let left = Observed(threads)
      for _ in 0..<threads {
        Thread.detachNewThread {
          #expect(Self.pin())
          for _ in 0..<rounds { counter.lock.withLock { counter.count += 1 } }
          left.change { $0 -= 1 }
        }
      }
      #expect(await left.value { $0 == 0 } == 0)
      #expect(counter.lock.withLock { counter.count } == threads * rounds)
    }

    /// Gives the calling thread a priority above all that have none; false if the user may not.
    private static func becomeUrgent() -> Bool {
      var parameters = sched_param()
      parameters.sched_priority = 1
      return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0
    }

    @Test("An urgent thread that waits lets the holder run on its core")
    func priorityInversion() async {
      let counter = LockedCounter()
      let (holds, asked) = (Observed(false), Observed<Bool?>(nil))
      let waited = Observed<Duration?>(nil)
      Thread.detachNewThread {
        #expect(Self.pin())
        counter.lock.lock()
        holds.change { $0 = true }
        // Without giving its core away by itself: the urgent thread takes it.
        let end = Self.processorTime() + 20_000_000
        while Self.processorTime() < end {}
        counter.lock.unlock()
      }
      _ = await holds.value { $0 }
      Thread.detachNewThread {
        let isUrgent = Self.pin() && Self.becomeUrgent()
        asked.change { $0 = isUrgent }
        let begin = ContinuousClock.now
        counter.lock.withLock { counter.count += 1 }
        waited.change { $0 = ContinuousClock.now - begin }
      }
      // Where the user may not, there is nothing to see.
      guard await asked.value(where: { $0 != nil }) == true else { return }
      // The system itself would end such a standstill after a second, if at all.
      #expect(await waited.value { $0 != nil } ?? .seconds(30) < .milliseconds(700))
    }
  #endif

  @Test("The lock is free again when the body throws, and its result comes back")
  func body() {
    let lock = Lock()
    #expect(throws: CancellationError.self) { try lock.withLock { throw CancellationError() } }
    #expect(lock.withLock { 7 } == 7)
  }
}
