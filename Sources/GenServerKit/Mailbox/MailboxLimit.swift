/// The bound of one mailbox, its policy, and the senders that wait for room. Everything is touched under the lock of
/// the mailbox.
@usableFromInline final class MailboxLimit: @unchecked Sendable {
  // Unchecked: guarded by the mailbox's lock, which belongs to the process.
  let limit: Int
  let whenFull: OverflowPolicy
  /// What is to go wrong with the messages, in a test.
  let faults: FaultPlan?

  // Messages that the bound counts, those of senders and not those of timers and the system, as they came and went.
  private var enteredCount = 0
  private var leftCount = 0

  private struct Blocked {
    let number: Int
    let sender: Waiter
  }

  /// Senders whose messages lie beyond the bound, in the order of their messages.
  private var blocked = MessageBuffer<Blocked>()

  init(limit: Int, whenFull: OverflowPolicy, faults: FaultPlan? = nil) {
    self.limit = limit
    self.whenFull = whenFull
    self.faults = faults
  }

  deinit { blocked.removeAll() }

  /// What happens to an arriving message.
  enum Verdict: Equatable {
    case admit, refuse, dropOldest, dropNewest
  }

  var waiting: Int { enteredCount - leftCount }

  func verdict(for policy: OverflowPolicy, waits: Bool) -> Verdict {
    if waiting < limit { return .admit }
    switch policy {
    case .refuse: return .refuse
    case .dropOldest: return .dropOldest
    case .dropNewest: return .dropNewest
    case .wait: return waits ? .admit : .refuse
    }
  }

  /// A message was put in; returns whether it lies within the bound, else its sender is kept until it does.
  @discardableResult func entered(_ sender: Waiter?) -> Bool {
    enteredCount += 1
    if waiting <= limit { return true }
    if let sender { blocked.append(Blocked(number: enteredCount, sender: sender)) }
    return false
  }

  /// The senders that still wait, when the process ends: each refers to the process, which refers to them.
  func takeBlocked() -> [Waiter] {
    var senders: [Waiter] = []
    while !blocked.isEmpty { senders.append(blocked.removeFirst().sender) }
    return senders
  }

  /// A message was taken out; returns the sender whose message has come within the bound by that.
  func left() -> Waiter? {
    leftCount += 1
    guard !blocked.isEmpty else { return nil }
    let first = blocked.removeFirst()
    if first.number - leftCount <= limit { return first.sender }
    blocked.prepend(first)
    return nil
  }
}
