/// The bound of one mailbox and its policy; what is not generic of a `BoundedMailbox`.
@usableFromInline class MailboxLimit: @unchecked Sendable {
  // Unchecked: inherited from; everything here is constant.
  final let limit: Int
  final let whenFull: OverflowPolicy
  /// What is to go wrong with the messages, in a test.
  final let faults: FaultPlan?

  init(limit: Int, whenFull: OverflowPolicy, faults: FaultPlan? = nil) {
    self.limit = limit
    self.whenFull = whenFull
    self.faults = faults
  }
}
