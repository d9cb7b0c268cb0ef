/// What a full mailbox does with a message.
///
/// A call that is refused or dropped fails at once with `CallError.overloaded`. The server's own timers and requests
/// of the system pass the bound.
@nonexhaustive public enum OverflowPolicy: Sendable {
  /// The sender learns that nothing was taken: `Delivery.refused`.
  case refuse

  /// The message that has waited longest makes room.
  case dropOldest

  /// The arriving message is let go: `Delivery.dropped`.
  case dropNewest

  /// The sender waits for room: calls do, and `cast(_:whenFull: .wait)`; a plain `cast` cannot and is refused.
  case wait
}
