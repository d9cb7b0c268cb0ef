extension ServerContext {
  /// Puts `message` into the server's own mailbox after `delay`; see `Process.send_after/4` in Elixir.
  ///
  /// With a delay of zero or less the message still goes through the mailbox, behind what lies there. A negative delay
  /// is no mistake, as a computed time may just have passed; OTP refuses it. A delay that is longer than the clock can
  /// count never ends. The message passes the mailbox's bound. The timer ends with the server.
  @discardableResult public func send(_ message: Server.Info, after delay: Duration) -> TimerReference {
    process.startTimer(.after(delay)) { _ in message }
  }

  /// Puts `message` into the server's own mailbox at an instant of the runtime's clock, at once if it has passed.
  @discardableResult public func send(_ message: Server.Info, at instant: ContinuousClock.Instant) -> TimerReference {
    process.startTimer(.at(instant)) { _ in message }
  }

  /// Sends `message` again and again, first after one interval, without drift.
  ///
  /// An interval that passes while the machine is busy is skipped rather than made up for, and so is one that passes
  /// while the last message still lies in the mailbox: there are never two. An interval of less than a microsecond
  /// counts as a microsecond. An interval of zero or less is refused with an error in the log, and the timer is over.
  @discardableResult public func send(
    _ message: Server.Info, every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line
  ) -> TimerReference {
    guard interval > .zero else { return process.refuseTimer(every: interval, fileID, line) }
    return process.startTimer(.every(interval)) { _ in message }
  }

  /// Sends a message that carries the timer's own reference; see `erlang:start_timer/3`.
  ///
  /// ```swift
  /// timer = context.send(after: .seconds(5)) { .giveUp($0) }
  /// ...
  /// case .giveUp(let reference) where reference == timer:
  /// ```
  ///
  /// The reference tells the message of an old timer, which lay in the mailbox when the timer was set anew, from that
  /// of the new one. The message is made at once, not when the time is up.
  @discardableResult public func send(
    after delay: Duration, as message: (TimerReference) -> Server.Info
  ) -> TimerReference { process.startTimer(.after(delay), message) }

  /// Sends a message that carries the timer's own reference, at an instant of the runtime's clock.
  @discardableResult public func send(
    at instant: ContinuousClock.Instant, as message: (TimerReference) -> Server.Info
  ) -> TimerReference { process.startTimer(.at(instant), message) }

  /// Sends a message that carries the timer's own reference again and again, so that its handler can end it; in all
  /// else it is like ``send(_:every:fileID:line:)``.
  @discardableResult public func send(
    every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line,
    as message: (TimerReference) -> Server.Info
  ) -> TimerReference {
    guard interval > .zero else { return process.refuseTimer(every: interval, fileID, line) }
    return process.startTimer(.every(interval), message)
  }
}

/// A timer for a message of a server to itself.
final class ServerTimer<Server: GenServer>: OwnedTimer, @unchecked Sendable {
  // Unchecked: inherited; touched by the thread that has taken the timer off its list, or fires it.
  private let process: ServerProcess<Server>
  @exclusivity(unchecked) var message: Server.Info?

  init(_ process: ServerProcess<Server>, _ timers: OwnedTimers) {
    self.process = process
    super.init(timers)
  }

  override var sleeper: Sleeper {
    Sleeper(process, message.map { "timer: \(process.text(ofMessage: $0))" } ?? "timer")
  }

  override func fire() {
    guard let message else { return }
    process.enqueue(.info(message, .ofTimer(nextTick, passesBound: true)), by: self)
  }
  override func forget() { message = nil }
}

extension ServerProcess {
  /// Starts a timer that the server sets for itself.
  fileprivate func startTimer(
    _ schedule: TimerSchedule, _ message: (TimerReference) -> Server.Info
  ) -> TimerReference {
    startTimer(schedule, make: { ServerTimer(self, $0) }, prepare: { $0.message = message(TimerReference($0)) })
  }
}
