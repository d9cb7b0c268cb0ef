import Foundation
import Testing

@testable import GenServerKit

/// Whether a raw process has anything to do, as the clock of tests asks.
@Suite("Idle raw processes", .timeLimit(.minutes(1))) struct RawProcessIdleTests {
  @Test("one whose wait has timed out is not idle, also before its task goes on")
  func timedOut() async throws {
    let time = InterruptedTimeSource()
    let scheduler = HoldingScheduler()
    try await withRuntime(Runtime(timeSource: time, scheduler: scheduler)) { () async throws in
      let pid = spawn { process in
        _ = try await process.receive(timeout: .seconds(1))
      }
      await eventually { pid.core.isIdle && time.armedCount > 0 }
      scheduler.hold()
      time.fireFirst()
      #expect(!pid.core.isIdle)
      // It waits for nothing outside.
      #expect(!pid.core.isSuspended)
      scheduler.letGo()
      #expect(await pid.waitForExit() == .normal)
    }
  }
}

/// Lets tasks go on later that have waited.
private final class HoldingScheduler: Scheduler, @unchecked Sendable {
  // Unchecked: touched under the lock only.
  private let lock = NSLock()
  private var isHolding = false
  private var held: [UnsafeContinuation<Void, Never>] = []

  func submit(_ process: ProcessCore) { SharedPoolScheduler.shared.submit(process) }
  func submitBehind(_ process: ProcessCore) { SharedPoolScheduler.shared.submitBehind(process) }

  func resume(_ continuation: UnsafeContinuation<Void, Never>) {
    let isHeld = lock.withLock {
      if isHolding { held.append(continuation) }
      return isHolding
    }
    if !isHeld { SharedPoolScheduler.shared.resume(continuation) }
  }

  func hold() { lock.withLock { isHolding = true } }

  func letGo() {
    let all = lock.withLock {
      isHolding = false
      defer { held = [] }
      return held
    }
    for continuation in all { SharedPoolScheduler.shared.resume(continuation) }
  }
}
