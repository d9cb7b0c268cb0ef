/// The limit of a test's wait: by the runtime's clock, and, if the test moves that clock, also by real time, since the
/// clock may stand still for ever. In a simulation only its own time counts.
package struct WaitLimit: Sendable {
  let runtime: Runtime
  let deadline: Int64
  private let wallDeadline: Int64

  package init(_ duration: Duration, in runtime: Runtime) {
    self.runtime = runtime
    let schedule = TimerSchedule.after(duration)
    deadline = schedule.instant(on: runtime.timeSource)
    let isReal = runtime.timeSource === SystemTimeSource.shared || runtime.decidesLending
    wallDeadline = isReal ? .max : schedule.instant(on: SystemTimeSource.shared)
  }

  /// Runs the action when the real time is up; nil where real time does not count.
  func startOnWall(_ action: @escaping @Sendable () -> Void) -> WallTimer? {
    if wallDeadline == .max { return nil }
    let timer = WallTimer(action)
    SystemTimeSource.shared.arm(timer, at: wallDeadline)
    return timer
  }
}

final class WallTimer: TimerEntry, @unchecked Sendable {
  // Unchecked: the position is touched under the time source's lock.
  var timerPosition = -1
  private let action: @Sendable () -> Void

  init(_ action: @escaping @Sendable () -> Void) { self.action = action }

  func timerFired() { action() }

  /// Cancels the timer. Returns whether it has not fired, and never will.
  @discardableResult func cancel() -> Bool { SystemTimeSource.shared.cancel(self) }
}

/// The wait of a test's task, which another thread resolves.
package final class LimitedWait: Sendable {
  private let waiter: Waiter
  private let limit: WaitLimit

  package init(_ limit: WaitLimit) {
    waiter = Waiter(in: limit.runtime)
    self.limit = limit
  }

  /// Resolves the wait.
  package func resolve() { waiter.resolve(.admitted) }

  /// Waits; returns false when the time is up, or the task is cancelled.
  package nonisolated(nonsending) func wait() async -> Bool {
    let timer = limit.startOnWall { [waiter] in waiter.resolve(.failed(.timeout())) }
    defer { timer?.cancel() }
    if case .admitted = await waiter.wait(until: limit.deadline) { return true }
    return false
  }
}

extension ProcessCore {
  /// Returns the reason once the process has ended; nil when the time is up, or the task is cancelled and the wait not
  /// shielded.
  package nonisolated(nonsending) final func waitForExit(_ limit: WaitLimit, shielded: Bool = false) async
    -> ExitReason?
  {
    let waiter = Waiter(on: self)
    if let reason = addObserver(waiter) { return reason }
    let timer = limit.startOnWall { waiter.resolve(.failed(.timeout())) }
    defer { timer?.cancel() }
    if case .exited(let reason) = await waiter.wait(until: limit.deadline, shielded: shielded) { return reason }
    return nil
  }

  /// Asks the process to stop, as `ServerRef.stop` does; a process without a server gets an exit signal.
  package final func askToStop(_ reason: ExitReason) { _ = post(.stop(reason)) }
}

extension RawProcess {
  /// Takes the first message of that type that is wanted; nil when the time is up.
  package nonisolated(nonsending) func receive<Message: Sendable>(
    _ type: Message.Type, _ limit: WaitLimit, where isWanted: (Message) -> Bool
  ) async throws(ExitReason) -> Message? {
    let mark = TimeIsUp()
    let core = core
    let timer = limit.startOnWall { core.enqueue(RawMessage(mark)) }
    let received = try await core.receive(until: limit.deadline) { message in
      if let other = message.value as? TimeIsUp { return other === mark ? .wanted : .unwanted }
      guard let value = message.value(as: type) else { return message.answerToOtherTypes }
      return isWanted(value) ? .wanted : .unwanted
    }
    if received is TimeIsUp { return nil }
    // A timer that has fired meanwhile has its message on the way.
    if let timer, !timer.cancel() {
      _ = try await core.receive(until: .max) { $0.value is TimeIsUp ? .wanted : .unwanted }
    }
    return received as? Message
  }

  /// The messages in the mailbox, in their order. Called by the process itself.
  package var waitingMessages: [any Sendable] { core.waitingMessages }

  private final class TimeIsUp: Sendable {}
}
