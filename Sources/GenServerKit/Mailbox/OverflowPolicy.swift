/// What a full mailbox does with a message.
///
/// A call that is refused or dropped fails at once with `CallError.overloaded`, and so does a request of `sendRequest`,
/// `callAll` or `context.request`. The server's own timers and requests of the system pass the bound. A sender that
/// gives up releases its place at once.
@nonexhaustive public enum OverflowPolicy: Sendable {
  /// The mailbox takes nothing, and the sender learns of it: `Delivery.refused`.
  case refuse

  /// The message that has waited longest in the mailbox is dropped to make room.
  case dropOldest

  /// The arriving message is dropped: `Delivery.dropped`.
  case dropNewest

  /// The message waits for room, outside of the mailbox. For a call and for `cast(_:whenFull: .wait)` the sender waits
  /// as well; a request that is awaited later, or whose answer is a message, waits by itself. A plain `cast` is
  /// refused, since its sender would not know that it waits.
  case wait
}
