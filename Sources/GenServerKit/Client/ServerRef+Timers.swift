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
    startTimer(.after(delay)) { $0.post(info: info, by: $1) }
  }

  /// Sends a value of the server's `Info` at an instant of the runtime's clock, at once if it has passed.
  @discardableResult public func send(_ info: Server.Info, at instant: ContinuousClock.Instant) -> TimerReference {
    startTimer(.at(instant)) { $0.post(info: info, by: $1) }
  }

  /// Sends a value of the server's `Info` again and again, first after one interval; see `timer:send_interval/3` in OTP.
  ///
  /// By name too it is for the process that holds the name now, and ends with that, as in OTP. An interval that passes
  /// while the machine is busy is left out, and so is one that passes while the last message still lies in the mailbox:
  /// there are never two. An interval of less than a microsecond counts as one; one of nothing or less is refused with an
  /// error in the log, and the timer is over.
  @discardableResult public func send(
    _ info: Server.Info, every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line
  ) -> TimerReference {
    repeatTimer(every: interval, fileID, line) { $0.post(info: info, by: $1) }
  }

  /// Casts after `delay`; else as `send(_:after:)`.
  @discardableResult public func cast(_ cast: Server.Cast, after delay: Duration) -> TimerReference {
    startTimer(.after(delay)) { $0.post(cast: cast, by: $1) }
  }

  /// Casts at an instant of the runtime's clock; else as `send(_:at:)`.
  @discardableResult public func cast(_ cast: Server.Cast, at instant: ContinuousClock.Instant) -> TimerReference {
    startTimer(.at(instant)) { $0.post(cast: cast, by: $1) }
  }

  /// Casts again and again; else as `send(_:every:)`.
  @discardableResult public func cast(
    _ cast: Server.Cast, every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line
  ) -> TimerReference {
    repeatTimer(every: interval, fileID, line) { $0.post(cast: cast, by: $1) }
  }

  /// Sends an exit signal after `delay`, by name to who holds the name then; else as ``PID/exit(_:after:)``.
  ///
  /// ```swift
  /// Cache.named(.main).exit(.shutdown, after: .seconds(60))
  /// ```
  @discardableResult public func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference {
    // The task of a handler that runs is cancelled, and with it what the user does in that case.
    startTimer(.after(delay), runsUsersCode: true) { $0.receiveExit(reason, by: $1) }
  }

  private typealias Send = @Sendable (ServerProcess<Server>, OwnedTimer) -> Void

  private func startTimer(
    _ schedule: TimerSchedule, runsUsersCode: Bool = false, _ send: @escaping Send
  ) -> TimerReference {
    if let process {
      let errands = runsUsersCode ? process.runtime.errands : nil
      return process.timers.start(schedule, errands: errands, sending: { send(process, $0) })
    }
    let runtime = Runtime.current
    // A registry is the user's code.
    let isErrand = runsUsersCode || address?.isPlain == false
    return runtime.timers.start(
      schedule, errands: isErrand ? runtime.errands : nil,
      sending: { [self] timer in if case .success(let process) = lookup(in: runtime) { send(process, timer) } })
  }

  private func repeatTimer(
    every interval: Duration, _ fileID: StaticString, _ line: UInt, _ send: @escaping Send
  ) -> TimerReference {
    let runtime = process?.runtime ?? Runtime.current
    guard interval > .zero else {
      return process?.refuseTimer(every: interval, fileID, line) ?? runtime.refuseTimer(every: interval, fileID, line)
    }
    let target: ServerProcess<Server>
    if let process {
      target = process
    } else if case .success(let holder) = lookup(in: runtime) {
      target = holder
    } else {
      // One that is over, as the timer of a process that has ended.
      return TimerReference(ActionTimer(runtime.timers, nil))
    }
    return target.timers.start(.every(interval), sending: { send(target, $0) })
  }
}

extension ServerProcess {
  // What somebody has set a timer for, which the bound counts.

  fileprivate func post(info: Server.Info, by timer: OwnedTimer) {
    enqueue(.info(info, .ofTimer(timer.nextTick, passesBound: false)), by: timer)
  }

  fileprivate func post(cast: Server.Cast, by timer: OwnedTimer) {
    enqueue(.cast(cast, .ofTimer(timer.nextTick, passesBound: false)), by: timer)
  }
}
