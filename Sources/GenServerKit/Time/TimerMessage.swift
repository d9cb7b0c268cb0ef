/// The message of a timer that says which timer it was.
///
/// ```swift
/// let timer = process.startTimer("tick", after: .seconds(1))
/// let tick = try await process.receive(TimerMessage<String>.self) { $0.timer == timer }
/// ```
///
/// So a message of a timer that was set anew can be told from one of its predecessor which lay in the mailbox already.
/// It is `{timeout, TimerRef, Msg}` of `erlang:start_timer/3`.
public struct TimerMessage<Message: Sendable>: Sendable {
  /// What setting the timer returned.
  public let timer: TimerReference

  /// What it was set with.
  public let message: Message
}
