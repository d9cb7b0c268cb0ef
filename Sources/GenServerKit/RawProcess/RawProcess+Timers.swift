extension RawProcess {
  /// Puts `message` into the process's own mailbox after `delay`; see `Process.send_after/4` in Elixir.
  ///
  /// A delay of zero or less goes through the mailbox too, behind what lies there. The timer ends with the process.
  @discardableResult public func send(_ message: some Sendable, after delay: Duration) -> TimerReference {
    core.startTimer(.after(delay)) { _ in message }
  }

  /// Puts `message` into the process's own mailbox at an instant of the runtime's clock, at once if it has passed.
  @discardableResult public func send(
    _ message: some Sendable, at instant: ContinuousClock.Instant
  ) -> TimerReference { core.startTimer(.at(instant)) { _ in message } }

  /// Sends `message` again and again, first after one interval, without drift.
  ///
  /// An interval that passes while the machine is busy is left out rather than made up for. An interval of less than a
  /// microsecond counts as one.
  @discardableResult public func send(_ message: some Sendable, every interval: Duration) -> TimerReference {
    core.startTimer(.every(interval)) { _ in message }
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

extension RawProcessCore {
  /// By the process itself.
  fileprivate func startTimer(
    _ schedule: TimerSchedule, _ message: (TimerReference) -> any Sendable
  ) -> TimerReference {
    let timer = ProcessTimer(self, schedule)
    let reference = TimerReference(timer)
    let message = RawMessage(message(reference))
    timer.start { [self] in enqueue(message) }
    return reference
  }
}
