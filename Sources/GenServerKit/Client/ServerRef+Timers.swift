extension ServerRef {
  /// Sends a value of the server's `Info` after `delay`, as `send(_:)` would at that moment.
  ///
  /// ```swift
  /// Cache.named(.main).send(.sweep, after: .seconds(30))
  /// ```
  ///
  /// It can be called from anywhere. A timer for a pid ends with the server. A timer for a name looks the server up
  /// when the time is up, in the runtime in which the timer was set, and sends to the process that holds the name then;
  /// nothing happens if there is none. Both go on after the process that set them has ended. A delay of zero or less is
  /// sent at once, and the bound of the mailbox holds. See `Process.send_after/4` in Elixir.
  @discardableResult public func send(_ info: Server.Info, after delay: Duration) -> TimerReference {
    startTimer(.after(delay)) { $0.post(info: info, by: $1) }
  }

  /// Sends a value of the server's `Info` at an instant of the runtime's clock, at once if it has passed.
  @discardableResult public func send(_ info: Server.Info, at instant: ContinuousClock.Instant) -> TimerReference {
    startTimer(.at(instant)) { $0.post(info: info, by: $1) }
  }

  /// Sends a value of the server's `Info` again and again, first after one interval; see `timer:send_interval/3` in
  /// OTP.
  ///
  /// Even by name it sends to the process that holds the name now, and ends with that process, as in OTP. An interval
  /// that passes while the machine is busy is skipped, and so is one that passes while the last message still lies in
  /// the mailbox: there are never two. An interval of less than a microsecond counts as a microsecond. An interval of
  /// zero or less is refused with an error in the log, and the timer is over.
  @discardableResult public func send(
    _ info: Server.Info, every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line
  ) -> TimerReference {
    repeatTimer(every: interval, fileID, line) { $0.post(info: info, by: $1) }
  }

  /// Casts after `delay`; in all else it is like `send(_:after:)`.
  @discardableResult public func cast(_ cast: Server.Cast, after delay: Duration) -> TimerReference {
    startTimer(.after(delay)) { $0.post(cast: cast, by: $1) }
  }

  /// Casts at an instant of the runtime's clock; in all else it is like `send(_:at:)`.
  @discardableResult public func cast(_ cast: Server.Cast, at instant: ContinuousClock.Instant) -> TimerReference {
    startTimer(.at(instant)) { $0.post(cast: cast, by: $1) }
  }

  /// Casts again and again; in all else it is like `send(_:every:)`.
  @discardableResult public func cast(
    _ cast: Server.Cast, every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line
  ) -> TimerReference {
    repeatTimer(every: interval, fileID, line) { $0.post(cast: cast, by: $1) }
  }

  /// Sends an exit signal after `delay`, as ``PID/exit(_:after:)`` does; by name it goes to the process that holds the
  /// name then.
  ///
  /// ```swift
  /// Cache.named(.main).exit(.shutdown, after: .seconds(60))
  /// ```
  @discardableResult public func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference {
    // The signal cancels the task of a running handler, which runs the user's cancellation handlers.
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
    // A name in a registry is looked up by the user's code.
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
      // Returns a timer that is over, as for a process that has ended.
      return TimerReference(ActionTimer(runtime.timers, nil))
    }
    return target.timers.start(.every(interval), sending: { send(target, $0) })
  }
}

extension ServerProcess {
  // Delivers the message of a timer that somebody else has set; unlike a server's own timers, it counts against the
  // bound.

  fileprivate func post(info: Server.Info, by timer: OwnedTimer) {
    enqueue(.info(info, .ofTimer(timer.nextTick, passesBound: false)), by: timer)
  }

  fileprivate func post(cast: Server.Cast, by timer: OwnedTimer) {
    enqueue(.cast(cast, .ofTimer(timer.nextTick, passesBound: false)), by: timer)
  }
}
