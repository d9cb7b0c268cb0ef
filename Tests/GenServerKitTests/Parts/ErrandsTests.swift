import Testing

@testable import GenServerKit

@Suite("Errands", .timeLimit(.minutes(1))) struct ErrandsTests {
  /// Runs `body` on a thread that serves all runtimes, and returns when it has.
  private func onSharedThread(_ body: @escaping @Sendable () -> Void) async {
    let done = Signal()
    let shortage = SystemThread.start(.timer) {
      ThreadRecord.serveAllRuntimes()
      body()
      done.send()
    }
    #expect(shortage == nil)
    await done.wait()
  }

  @Test("On a thread of somebody's own an errand is run at once, in place")
  func inPlace() {
    let errands = Errands()
    let thread = ThreadRecord.identity
    let ran = Observed<UInt?>(nil)
    errands.run { ran.change { $0 = ThreadRecord.identity } }
    #expect(ran.value == thread)
  }

  @Test("On a thread that serves all runtimes errands are left to another one, which runs them in their order")
  func order() async {
    let errands = Errands()
    let ran = Observed<[Int]>([])
    let shared = Observed<[Bool]>([])
    await onSharedThread {
      for number in 0..<100 {
        errands.run {
          ran.change { $0.append(number) }
          shared.change { $0.append(ThreadRecord.servesAllRuntimes) }
        }
      }
    }
    #expect(await shared.value { $0.count == 100 }.allSatisfy { !$0 })
    #expect(ran.value == Array(0..<100))
  }

  @Test("An errand that blocks holds up neither the thread that left it nor the errands of others")
  func blocks() async {
    let (blocked, others) = (Errands(), Errands())
    let gate = PuppetGate()
    let (behind, ran) = (Signal(), Signal())
    await onSharedThread {
      blocked.run { gate.block() }
      blocked.run { behind.send() }
      others.run { ran.send() }
    }
    await ran.wait()
    await gate.reached.value()
    gate.open()
    await behind.wait()
  }

  @Test("What comes when as many wait as may is left out, and counted")
  func limit() async {
    let leftOut = Observed<[Int]>([])
    let errands = Errands(limit: 3) { count in leftOut.change { $0.append(count) } }
    let gate = PuppetGate()
    let ran = Observed<[Int]>([])
    errands.leave { gate.block() }
    await gate.reached.value()
    for number in 0..<10 { errands.leave { ran.change { $0.append(number) } } }
    gate.open()
    #expect(await leftOut.value { !$0.isEmpty } == [7])
    #expect(ran.value == [0, 1, 2])
    // It counts anew.
    let again = Signal()
    errands.leave { again.send() }
    await again.wait()
    #expect(leftOut.value == [7])
  }

  @Test("Without a thread errands are run in place, each once and in their order")
  func noThread() async {
    let refusals = Refusals()
    let errands = Errands(threads: refusals.source)
    let ran = Observed<[Int]>([])
    await onSharedThread {
      errands.run {
        // What comes up meanwhile waits for its turn.
        errands.run { ran.change { $0.append(2) } }
        ran.change { $0.append(1) }
      }
      errands.run { ran.change { $0.append(3) } }
    }
    #expect(ran.value == [1, 2, 3])
    #expect(refusals.count == 2)
    refusals.end()
    let done = Signal()
    errands.leave { done.send() }
    await done.wait()
  }
}
