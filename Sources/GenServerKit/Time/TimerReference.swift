/// A timer that has been set: it stands for a message, an exit signal or a start at a later time.
///
/// ```swift
/// let reminder = context.send(.remind, after: .seconds(30))
/// reminder.cancel()
/// ```
///
/// It can be cancelled and read from anywhere, by any process or none. A timer ends with the process for which it is
/// set; a timer for a name, and that of `spawn(after:)`, ends with the runtime. A reference to a timer that is over
/// keeps nothing of its message alive. See `Process.send_after/4`, `Process.cancel_timer/1` and `Process.read_timer/1`
/// in Elixir.
public struct TimerReference: Hashable, Sendable {
  @usableFromInline let timer: OwnedTimer

  init(_ timer: OwnedTimer) { self.timer = timer }

  public static func == (a: Self, b: Self) -> Bool { a.timer === b.timer }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(timer)) }

  /// The time that is left, for a repeated timer until it next fires; nil once the message has been sent, the timer was
  /// cancelled, or its process has ended.
  ///
  /// When it is nil, the message lies in the mailbox, has been taken out of it, or will never come: nothing is sent
  /// later.
  public var remaining: Duration? {
    timer.dueInstant.map { .nanoseconds(timer.left(until: $0)) }
  }

  /// Ends the timer, and returns how much time was left, or nil if it was over already, as in `remaining`.
  ///
  /// ```swift
  /// if timer.cancel() == nil { ... }        // its message is in the mailbox, or has been handled
  /// ```
  ///
  /// When it returns a time, even zero, nothing comes from then on. A message of a repeated timer that still lies in
  /// the mailbox is skipped; a handler that has begun by then goes on.
  ///
  /// When it returns nil, nothing is sent from then on either. Either the timer has sent its message, which lies in the
  /// mailbox, before all that is sent later, unless its handler has begun; or the timer was cancelled before, or ended
  /// with its process. The exit signal of `exit(_:after:)` has been received by then, and the process of
  /// `spawn(after:)` has been started.
  @inlinable @discardableResult public func cancel() -> Duration? {
    let instant = cancelled()
    return instant == .min ? nil : left(until: instant)
  }

  @usableFromInline func cancelled() -> Int64 { timer.cancel() ?? .min }

  // Half of the time for setting and cancelling a timer goes into reading the clock. This is declared as free of
  // effects, so that a caller that does not use the remaining time does not pay for it.
  @_effects(readonly) @usableFromInline func left(until instant: Int64) -> Duration {
    .nanoseconds(timer.left(until: instant))
  }
}

extension TimerReference: CustomStringConvertible {
  /// Such as `timer (30.0 seconds left)`, to the millisecond, or `timer (over)`.
  public var description: String {
    guard let remaining else { return "timer (over)" }
    return "timer (\(Duration.milliseconds((remaining / .milliseconds(1)).rounded())) left)"
  }
}
