extension PID {
  /// Sends a message after `delay`, from anywhere, as `send(_:)` does then.
  ///
  /// ```swift
  /// worker.send(Reminder(), after: .seconds(30))
  /// ```
  ///
  /// The timer is the receiver's: it outlives who set it, and ends with the process that it is for. Nothing happens if
  /// that has ended already. A delay of zero or less is sent at once. Other than a message that a server sends itself
  /// through its context, this one is counted by the bound of its mailbox. See `Process.send_after/4` in Elixir.
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
  /// An interval that passes while the machine is busy is left out rather than made up for, and so is one that passes
  /// while the last message still lies in the mailbox: there are never two. An interval of less than a microsecond counts
  /// as one; one of nothing or less is refused with an error in the log, and the timer is over.
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
  /// It is sent by no process: a process that traps exits gets an ``Exit`` with its own pid, and `.normal` is ignored by
  /// one that does not, also by the one that set the timer. A server ends itself later with
  /// `context.pid.exit(reason, after: delay)`.
  @discardableResult public func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference {
    // The task of a handler that runs is cancelled, and with it what the user does in that case.
    core.timers.start(
      .after(delay), errands: core.runtime.errands, sending: { [core] in core.receiveExit(reason, by: $0) })
  }
}
