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
    startTimer(.after(delay)) { _ = $0.enqueue(.cast(cast, nil)) }
  }

  /// Casts at an instant of the runtime's clock; else as `send(_:at:)`.
  @discardableResult public func cast(_ cast: Server.Cast, at instant: ContinuousClock.Instant) -> TimerReference {
    startTimer(.at(instant)) { _ = $0.enqueue(.cast(cast, nil)) }
  }

  /// Casts again and again; else as `send(_:every:)`.
  @discardableResult public func cast(_ cast: Server.Cast, every interval: Duration) -> TimerReference {
    startTimer(.every(interval)) { _ = $0.enqueue(.cast(cast, nil)) }
  }

  /// Sends an exit signal after `delay`, by name to who holds the name then; else as ``PID/exit(_:after:)``.
  ///
  /// ```swift
  /// Cache.named(.main).exit(.shutdown, after: .seconds(60))
  /// ```
  @discardableResult public func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference {
    // The task of a handler that runs is cancelled, and with it what the user does in that case.
    startTimer(.after(delay), runsUsersCode: true) { $0.receiveExit(reason, from: nil, isKill: reason.isKill) }
  }

  private func startTimer(
    _ schedule: TimerSchedule, runsUsersCode: Bool = false,
    _ action: @escaping @Sendable (ServerProcess<Server>) -> Void
  ) -> TimerReference {
    func start(for process: ServerProcess<Server>) -> TimerReference {
      process.timers.start(schedule, errands: runsUsersCode ? process.runtime.errands : nil) { action(process) }
    }
    if let process { return start(for: process) }
    let runtime = Runtime.current
    guard schedule.isRepeated else {
      // A registry is the user's code.
      let isErrand = runsUsersCode || address?.isPlain == false
      return runtime.timers.start(schedule, errands: isErrand ? runtime.errands : nil) { [self] in
        if case .success(let process) = lookup(in: runtime) { action(process) }
      }
    }
    guard case .success(let process) = lookup(in: runtime) else {
      // One that is over, as the timer of a process that has ended.
      return TimerReference(ActionTimer(runtime.timers, nil))
    }
    return start(for: process)
  }
}
