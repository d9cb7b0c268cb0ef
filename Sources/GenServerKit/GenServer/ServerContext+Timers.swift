extension ServerContext {
  /// Puts `message` into the server's own mailbox after `delay`; see `Process.send_after/4` in Elixir.
  ///
  /// A delay of zero or less goes through the mailbox too. The timer ends with the server.
  @discardableResult public func send(_ message: Server.Info, after delay: Duration) -> TimerReference {
    process.startTimer(message, at: Timeout.deadline(after: delay.wholeNanoseconds, in: process.runtime))
  }

  /// Puts `message` into the server's own mailbox at an instant of the runtime's clock.
  @discardableResult public func send(_ message: Server.Info, at instant: ContinuousClock.Instant) -> TimerReference {
    process.startTimer(message, at: instant.nanoseconds)
  }

  /// Sends `message` again and again, first after one interval, without drift.
  ///
  /// An interval that passes while the machine is busy is left out rather than made up for. An interval of less than a
  /// microsecond counts as one.
  @discardableResult public func send(_ message: Server.Info, every interval: Duration) -> TimerReference {
    let nanoseconds = max(1000, interval.wholeNanoseconds)
    return process.startTimer(
      message, at: Timeout.deadline(after: nanoseconds, in: process.runtime), every: nanoseconds)
  }
}
