import Testing

@testable import GenServerKit

@Suite("Mailbox limit") struct MailboxLimitTests {
  private let runtime = Runtime()

  @Test("What becomes of a message while there is room does not depend on the policy")
  func room() {
    let limit = MailboxLimit(limit: 2, whenFull: .refuse)
    for policy in [OverflowPolicy.refuse, .dropOldest, .dropNewest, .wait] {
      #expect(limit.verdict(for: policy, waits: false) == .admit)
    }
    limit.entered(nil)
    #expect(limit.waiting == 1)
    #expect(limit.verdict(for: .refuse, waits: false) == .admit)
  }

  @Test("What becomes of a message in a full mailbox is the policy's choice")
  func full() {
    let limit = MailboxLimit(limit: 2, whenFull: .wait)
    limit.entered(nil)
    limit.entered(nil)
    for waits in [false, true] {
      #expect(limit.verdict(for: .refuse, waits: waits) == .refuse)
      #expect(limit.verdict(for: .dropOldest, waits: waits) == .dropOldest)
      #expect(limit.verdict(for: .dropNewest, waits: waits) == .dropNewest)
    }
    #expect(limit.verdict(for: .wait, waits: true) == .admit)
    #expect(limit.verdict(for: .wait, waits: false) == .refuse)
  }

  @Test("A message that left makes room for one")
  func leaving() {
    let limit = MailboxLimit(limit: 1, whenFull: .refuse)
    for _ in 0..<5 {
      #expect(limit.verdict(for: .refuse, waits: false) == .admit)
      #expect(limit.entered(nil))
      #expect(limit.verdict(for: .refuse, waits: false) == .refuse)
      #expect(limit.left() == nil)
      #expect(limit.waiting == 0)
    }
  }

  @Test("Senders are let in one by one, in order, as messages leave")
  func senders() {
    let limit = MailboxLimit(limit: 2, whenFull: .wait)
    let senders = (0..<5).map { _ in Waiter(in: runtime) }
    #expect(limit.entered(senders[0]))
    #expect(limit.entered(senders[1]))
    for sender in senders[2...] { #expect(!limit.entered(sender)) }
    #expect(limit.waiting == 5)
    for sender in senders[2...] { #expect(limit.left() === sender) }
    #expect(limit.left() == nil)
    #expect(limit.left() == nil)
    #expect(limit.waiting == 0)
  }

  @Test("A message without a sender that waits takes a place beyond the bound too")
  func callsBetweenSenders() {
    let limit = MailboxLimit(limit: 1, whenFull: .wait)
    let sender = Waiter(in: runtime)
    limit.entered(nil)
    // A call waits for its answer, not for room.
    #expect(!limit.entered(nil))
    #expect(!limit.entered(sender))
    #expect(limit.left() == nil)
    #expect(limit.left() === sender)
    #expect(limit.left() == nil)
  }

  @Test("Each sender is let in exactly when its message comes within the bound", arguments: 1...8)
  func againstModel(seed: UInt64) {
    var random = PartsRandom(seed: seed)
    let bound = Int.random(in: 1...5, using: &random)
    let limit = MailboxLimit(limit: bound, whenFull: .wait)
    /// The messages in the mailbox; those that nobody waits for are nil.
    var mailbox: [Waiter?] = []
    for round in 0..<5000 {
      // More in than out, then more out than in.
      let grows = round / 50 % 2 == 0
      if mailbox.isEmpty || Int.random(in: 0..<10, using: &random) < (grows ? 7 : 3) {
        let sender = Bool.random(using: &random) ? Waiter(in: runtime) : nil
        mailbox.append(sender)
        #expect(limit.entered(sender) == (mailbox.count <= bound))
      } else {
        mailbox.removeFirst()
        let expected = mailbox.count >= bound ? mailbox[bound - 1] : nil
        #expect(limit.left() === expected)
      }
      #expect(limit.waiting == mailbox.count)
    }
  }
}
