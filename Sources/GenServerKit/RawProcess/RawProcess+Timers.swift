extension RawProcess {
  /// Puts `message` into the process's own mailbox after `delay`; see `Process.send_after/4` in Elixir.
  ///
  /// With a delay of zero or less the message still goes through the mailbox, behind what lies there. The timer ends
  /// with the process.
  @discardableResult public func send(_ message: some Sendable, after delay: Duration) -> TimerReference {
    core.startTimer(.after(delay), message)
  }

  /// Puts `message` into the process's own mailbox at an instant of the runtime's clock, at once if it has passed.
  @discardableResult public func send(
    _ message: some Sendable, at instant: ContinuousClock.Instant
  ) -> TimerReference { core.startTimer(.at(instant), message) }

  /// Sends `message` again and again, first after one interval, without drift.
  ///
  /// An interval that passes while the machine is busy is skipped rather than made up for, and so is one that passes
  /// while the last message still lies in the mailbox: there are never two. An interval of less than a microsecond
  /// counts as a microsecond. An interval of zero or less is refused with an error in the log, and the timer is over.
  @discardableResult public func send(
    _ message: some Sendable, every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line
  ) -> TimerReference {
    guard interval > .zero else { return core.refuseTimer(every: interval, fileID, line) }
    return core.startTimer(.every(interval), message)
  }

  /// Sends `message` after `delay` together with the timer's reference; see `erlang:start_timer/3`.
  ///
  /// ```swift
  /// let timer = process.startTimer("give up", after: .seconds(5))
  /// _ = try await process.receive(TimerMessage<String>.self) { $0.timer == timer }
  /// ```
  @discardableResult public func startTimer(_ message: some Sendable, after delay: Duration) -> TimerReference {
    core.startTimer(.after(delay)) { TimerMessage(timer: $0, message: message) }
  }

  /// Sends `message` together with the timer's reference, at an instant of the runtime's clock.
  @discardableResult public func startTimer(
    _ message: some Sendable, at instant: ContinuousClock.Instant
  ) -> TimerReference { core.startTimer(.at(instant)) { TimerMessage(timer: $0, message: message) } }
}

/// A timer for a message of a process to itself.
private final class RawTimer: OwnedTimer, @unchecked Sendable {
  // Unchecked: inherited; touched by the thread that has taken the timer off its list, or fires it.
  private let process: RawProcessCore
  @exclusivity(unchecked) var message: any Sendable = ()

  init(_ process: RawProcessCore, _ timers: OwnedTimers) {
    self.process = process
    super.init(timers)
  }

  override var firesAnyway: Bool { process.runtime.has(.timerAfterCancel) }
  override func fire() { process.enqueue(message, by: self) }
  override func forget() { message = () }
}

// By the process itself.
extension RawProcessCore {
  fileprivate func startTimer(_ schedule: TimerSchedule, _ message: some Sendable) -> TimerReference {
    startTimer(schedule, make: { RawTimer(self, $0) }, prepare: { $0.message = message })
  }

  fileprivate func startTimer<Message>(
    _ schedule: TimerSchedule, _ message: (TimerReference) -> TimerMessage<Message>
  ) -> TimerReference {
    startTimer(schedule, make: { RawTimer(self, $0) }, prepare: { $0.message = message(TimerReference($0)) })
  }
}
