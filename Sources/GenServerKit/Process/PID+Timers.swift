extension PID {
  /// Sends a message after `delay`, as `send(_:)` would at that moment.
  ///
  /// ```swift
  /// worker.send(Reminder(), after: .seconds(30))
  /// ```
  ///
  /// It can be called from anywhere. The timer belongs to the receiver: it goes on when the process that set it has
  /// ended, and ends with the receiver. Nothing happens if the receiver has ended already. With a delay of zero or less
  /// the message is sent at once. Unlike a message that a server sends itself through its context, this one counts
  /// against the bound of the mailbox. See `Process.send_after/4` in Elixir.
  @discardableResult public func send(_ message: some Sendable, after delay: Duration) -> TimerReference {
    send(message, .after(delay))
  }

  /// Sends a message at an instant of the runtime's clock, at once if it has passed.
  @discardableResult public func send(
    _ message: some Sendable, at instant: ContinuousClock.Instant
  ) -> TimerReference { send(message, .at(instant)) }

  /// Sends a message again and again, first after one interval, until it is cancelled or the process has ended; see
  /// `timer:send_interval/3` in OTP.
  ///
  /// An interval that passes while the machine is busy is skipped rather than made up for, and so is one that passes
  /// while the last message still lies in the mailbox: there are never two. An interval of less than a microsecond
  /// counts as a microsecond. An interval of zero or less is refused with an error in the log, and the timer is over.
  @discardableResult public func send(
    _ message: some Sendable, every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line
  ) -> TimerReference {
    guard interval > .zero else { return core.refuseTimer(every: interval, fileID, line) }
    return send(message, .every(interval))
  }

  private func send(_ message: some Sendable, _ schedule: TimerSchedule) -> TimerReference {
    let sender = ProcessCore.ambient.map { PID($0) }
    return core.timers.start(schedule, sending: { [core] in _ = core.kind.deliver(core, message, sender, $0) })
  }

  /// Sends an exit signal after `delay`; with `.killed` it is a kill. See `timer:exit_after/3` and `timer:kill_after/2`
  /// in OTP.
  ///
  /// ```swift
  /// let limit = job.exit(.killed, after: .seconds(60))
  /// ```
  ///
  /// The signal comes from no process. A process that traps exits gets an ``Exit`` with its own pid; one that does not
  /// ignores `.normal`, even if it set the timer itself. A server ends itself later with `context.pid.exit(reason,
  /// after: delay)`.
  @discardableResult public func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference {
    // The signal cancels the task of a running handler, which runs the user's cancellation handlers.
    core.timers.start(
      .after(delay), errands: core.runtime.errands, sending: { [core] in core.receiveExit(reason, by: $0) })
  }
}
