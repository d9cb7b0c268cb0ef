import Foundation

/// Runs `body` on that many threads of their own at once, and returns when all of them are done.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
  let left = Tally()
  left.add(count)
  let done = Signal()
  for number in 0..<count {
    Thread.detachNewThread {
      body(number)
      if left.takeOne() == 0 { done.send() }
    }
  }
  await done.wait()
}
