/// A message on its way at a later time.
///
/// ```swift
/// let reminder = context.send(.remind, after: .seconds(30))
/// reminder.cancel()
/// ```
///
/// It can be cancelled and read from anywhere, and ends with its process. See `Process.send_after/4` in Elixir.
public struct TimerReference: Hashable, Sendable {
  private let timer: ProcessTimer

  init(_ timer: ProcessTimer) { self.timer = timer }

  public static func == (a: Self, b: Self) -> Bool { a.timer === b.timer }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(timer)) }

  /// How much time is left, or nil if the message has been sent or the timer was cancelled.
  public var remaining: Duration? { timer.remaining.map { .nanoseconds($0) } }

  /// Returns how much time was left, or nil if the message had already been sent.
  @discardableResult public func cancel() -> Duration? { timer.cancel().map { .nanoseconds($0) } }
}
