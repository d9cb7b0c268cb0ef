/// The message of a timer that says which timer it was.
///
/// ```swift
/// let timer = process.startTimer("tick", after: .seconds(1))
/// let tick = try await process.receive(TimerMessage<String>.self) { $0.timer == timer }
/// ```
///
/// The reference tells the message of a timer that was set anew from one of its predecessor that lay in the mailbox
/// already. It is `{timeout, TimerRef, Msg}` of `erlang:start_timer/3`.
public struct TimerMessage<Message: Sendable>: Sendable {
  /// The reference that setting the timer returned.
  public let timer: TimerReference

  /// The message with which the timer was set.
  public let message: Message
}
