/// Where a message lies that its sender may take back.
protocol MailboxPlace: AnyObject, Sendable {}

/// One message in a bounded mailbox: an element of the mailbox, from which it can be taken out wherever it stands.
///
/// Whoever takes it out by the server's side moves the message out of it. Who takes it back leaves the message in it: it is
/// dropped with the slot, by who waited and not by the thread on which the time was up.
final class MailboxSlot<Server: GenServer>: MailboxPlace, @unchecked Sendable {
  // Unchecked: guarded by the mailbox's lock, which belongs to the process.
  @exclusivity(unchecked) var envelope: Envelope<Server>?
  /// Whether the bound counts it.
  let isCounted: Bool
  /// The sender that waits until there is room.
  let sender: Waiter?
  @exclusivity(unchecked) var position = Position.nowhere
  @exclusivity(unchecked) var place = ListPlace<MailboxSlot<Server>>()

  enum Position {
    case nowhere, inside, outside
  }

  init(_ envelope: consuming Envelope<Server>, isCounted: Bool, sender: Waiter? = nil) {
    self.envelope = consume envelope
    self.isCounted = isCounted
    self.sender = sender
  }

  /// Whether it is a request, which may be answered late, or left out when nobody waits for the answer.
  var isRequest: Bool {
    switch envelope {
    case .call?: true
    default: false
    }
  }
}

struct MailboxSlotPlaces<Server: GenServer>: ListPlaces {
  func withPlace<Result>(
    of slot: MailboxSlot<Server>, _ body: (inout ListPlace<MailboxSlot<Server>>) -> Result
  ) -> Result { body(&slot.place) }
}
