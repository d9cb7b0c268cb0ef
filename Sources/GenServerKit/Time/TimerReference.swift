/// A message, an exit signal or a start on its way at a later time.
///
/// ```swift
/// let reminder = context.send(.remind, after: .seconds(30))
/// reminder.cancel()
/// ```
///
/// It can be cancelled and read from anywhere, by any process or none. It ends with the process that it is for; what is
/// for a name, and what `spawn(after:)` starts, ends with the runtime. A reference to a timer that is over keeps nothing
/// alive of what it was to send. See `Process.send_after/4`, `Process.cancel_timer/1` and `Process.read_timer/1` in
/// Elixir.
public struct TimerReference: Hashable, Sendable {
  private let timer: ProcessTimer

  init(_ timer: ProcessTimer) { self.timer = timer }

  public static func == (a: Self, b: Self) -> Bool { a.timer === b.timer }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(timer)) }

  /// How much time is left, of a repeated one until the next time; nil once the message has been sent, the timer was
  /// cancelled, or its process has ended.
  public var remaining: Duration? { timer.remaining.map { .nanoseconds($0) } }

  /// Returns how much time was left, or nil if the timer was over already, as in `remaining`.
  ///
  /// Nothing is sent once it has returned. A message that was sent before may still lie in the mailbox.
  @discardableResult public func cancel() -> Duration? { timer.cancel().map { .nanoseconds($0) } }
}
