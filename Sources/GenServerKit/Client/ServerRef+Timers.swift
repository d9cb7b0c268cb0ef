extension ServerRef {
  /// Sends a value of the server's `Info` after `delay`, from anywhere, as `send(_:)` does then.
  ///
  /// ```swift
  /// Cache.named(.main).send(.sweep, after: .seconds(30))
  /// ```
  ///
  /// By pid the timer ends with the server. By name the server is looked up when the time is up, in the runtime in which
  /// the timer was set: it is that which holds the name then, and nothing happens if there is none. Either outlives who
  /// set it. A delay of zero or less is sent at once, and the bound of the mailbox holds. See `Process.send_after/4` in
  /// Elixir.
  @discardableResult public func send(_ info: Server.Info, after delay: Duration) -> TimerReference {
    startTimer(.after(delay)) { _ = $0.enqueue(.info(info, nil)) }
  }

  /// Sends a value of the server's `Info` at an instant of the runtime's clock, at once if it has passed.
  @discardableResult public func send(_ info: Server.Info, at instant: ContinuousClock.Instant) -> TimerReference {
    startTimer(.at(instant)) { _ = $0.enqueue(.info(info, nil)) }
  }

  /// Sends a value of the server's `Info` again and again, first after one interval; see `timer:send_interval/3` in OTP.
  ///
  /// By name too it is for the process that holds the name now, and ends with that, as in OTP. An interval that passes
  /// while the machine is busy is left out. An interval of less than a microsecond counts as one.
  @discardableResult public func send(_ info: Server.Info, every interval: Duration) -> TimerReference {
    startTimer(.every(interval)) { _ = $0.enqueue(.info(info, nil)) }
  }

  /// Casts after `delay`; else as `send(_:after:)`.
  @discardableResult public func cast(_ cast: Server.Cast, after delay: Duration) -> TimerReference {
    startTimer(.after(delay)) { _ = $0.enqueue(.cast(cast)) }
  }

  /// Casts at an instant of the runtime's clock; else as `send(_:at:)`.
  @discardableResult public func cast(_ cast: Server.Cast, at instant: ContinuousClock.Instant) -> TimerReference {
    startTimer(.at(instant)) { _ = $0.enqueue(.cast(cast)) }
  }

  /// Casts again and again; else as `send(_:every:)`.
  @discardableResult public func cast(_ cast: Server.Cast, every interval: Duration) -> TimerReference {
    startTimer(.every(interval)) { _ = $0.enqueue(.cast(cast)) }
  }

  /// Sends an exit signal after `delay`, by name to who holds the name then; else as ``PID/exit(_:after:)``.
  ///
  /// ```swift
  /// Cache.named(.main).exit(.shutdown, after: .seconds(60))
  /// ```
  @discardableResult public func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference {
    startTimer(.after(delay)) { $0.receiveExit(reason, from: nil, isKill: reason.isKill) }
  }

  private func startTimer(
    _ schedule: TimerSchedule, _ action: @escaping @Sendable (ServerProcess<Server>) -> Void
  ) -> TimerReference {
    if let process { return process.timers.start(schedule) { action(process) } }
    let runtime = Runtime.current
    guard schedule.isRepeated else {
      return runtime.timers.start(schedule) { [self] in
        if case .success(let process) = lookup(in: runtime) { action(process) }
      }
    }
    guard case .success(let process) = lookup(in: runtime) else {
      // One that is over, as the timer of a process that has ended.
      return TimerReference(ActionTimer(runtime.timers, nil))
    }
    return process.timers.start(schedule) { action(process) }
  }
}
