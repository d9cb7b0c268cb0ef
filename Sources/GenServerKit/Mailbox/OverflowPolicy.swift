/// What a full mailbox does with a message.
///
/// A call that is refused or dropped fails at once with `CallError.overloaded`, and so does a request of `sendRequest`,
/// `callAll` or `context.request`. The server's own timers and requests of the system pass the bound. Whoever gives up
/// releases its place at once.
@nonexhaustive public enum OverflowPolicy: Sendable {
  /// The sender learns that nothing was taken: `Delivery.refused`.
  case refuse

  /// The message that has waited longest in the mailbox makes room.
  case dropOldest

  /// The arriving message is let go: `Delivery.dropped`.
  case dropNewest

  /// The message waits for room, outside of the mailbox: that of a call does, and of `cast(_:whenFull: .wait)`, whose
  /// senders wait as well, and a request that is awaited later, or whose answer is a message. A plain `cast`, of which
  /// nobody would know that it waits, is refused.
  case wait
}
