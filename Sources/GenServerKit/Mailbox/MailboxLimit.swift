/// The bound of one mailbox and its policy: the part of a `BoundedMailbox` that is not generic.
@usableFromInline class MailboxLimit: @unchecked Sendable {
  // Unchecked: inherited from; everything here is constant.
  final let limit: Int
  final let whenFull: OverflowPolicy
  /// The faults that a test injects into the messages.
  final let faults: FaultPlan?

  init(limit: Int, whenFull: OverflowPolicy, faults: FaultPlan? = nil) {
    self.limit = limit
    self.whenFull = whenFull
    self.faults = faults
  }
}
