import Synchronization
import Testing

@testable import GenServerKit

/// A clock that runs as the system's, and can jump ahead as that does when the machine has slept.
private final class JumpingClock: Sendable {
  private let jumped = Atomic<Int64>(0)
  /// How often the timers' thread has looked.
  let looks = Observed(0)

  func now() -> Int64 {
    if ThreadRecord.servesAllRuntimes { looks.change { $0 += 1 } }
    return SystemTimeSource.shared.now() + jumped.load(ordering: .acquiring)
  }

  func jump(by nanoseconds: Int64) { jumped.add(nanoseconds, ordering: .acquiringAndReleasing) }
}

@Suite("Timer thread", .timeLimit(.minutes(1))) struct TimerThreadTests {
  @Test("What has become due while the machine slept fires soon, and not after as long a wait again")
  func sleep() async {
    let clock = JumpingClock()
    let queue = TimerQueue()
    let thread = TimerThread(queue, clock: { clock.now() })
    #expect(thread.start() == nil)
    let fired = Signal()
    let entry = WallTimer { fired.send() }
    let hour: Int64 = 3_600_000_000_000
    if queue.lock.withLock({ queue.insert(entry, at: clock.now() + hour) }) { thread.wake() }
    // Its first look may have come before the timer, its second has not: from that it knows how long to wait.
    #expect(await clock.looks.value { $0 >= 2 } == 2)
    clock.jump(by: hour)
    await fired.wait()
  }

  @Test("The thread is known to serve all runtimes")
  func servesAll() async {
    let queue = TimerQueue()
    let thread = TimerThread(queue)
    let seen = Observed<Bool?>(nil)
    let entry = WallTimer { seen.change { $0 = ThreadRecord.servesAllRuntimes } }
    _ = queue.lock.withLock { queue.insert(entry, at: 0) }
    thread.wake()
    #expect(await seen.value { $0 != nil } == true)
    #expect(!ThreadRecord.servesAllRuntimes)
  }

  @Test("What is due is taken out some at a time, in its order, and nobody is woken meanwhile")
  func pieces() {
    let queue = TimerQueue()
    let fired = Observed<[Int]>([])
    let entries = (0..<200).map { number in WallTimer { fired.change { $0.append(number) } } }
    for (number, entry) in entries.enumerated() {
      _ = queue.lock.withLock { queue.insert(entry, at: Int64(number / 3)) }
    }
    var pieces: [Int] = []
    while true {
      var due: [any TimerEntry] = []
      let next = queue.takeDue(until: 1_000_000, into: &due)
      if due.isEmpty {
        #expect(next == nil)
        break
      }
      pieces.append(due.count)
      let late = WallTimer {}
      // The time source asks again anyway.
      let wakes = queue.lock.withLock { queue.insert(late, at: 0) }
      #expect(!wakes)
      _ = queue.lock.withLock { queue.remove(late) }
      for entry in due { entry.timerFired() }
    }
    #expect(pieces.allSatisfy { $0 <= 64 } && pieces.count > 1)
    #expect(fired.value == Array(0..<200))
    let wakes = queue.lock.withLock { queue.insert(entries[0], at: 5) }
    #expect(wakes)
  }
}
