/// The place of a message that its sender may take back.
protocol MailboxPlace: AnyObject, Sendable {}

/// One message in a bounded mailbox: an element of the mailbox, from which it can be taken out wherever it stands.
///
/// The server's side moves the message out of the slot. A sender that takes its message back leaves it in the slot: it
/// is dropped with the slot, by the task that waited and not by the thread on which the time was up.
final class MailboxSlot<Server: GenServer>: MailboxPlace, @unchecked Sendable {
  // Unchecked: guarded by the mailbox's lock, which belongs to the process.
  @exclusivity(unchecked) var envelope: Envelope<Server>?
  /// Whether the bound counts the message.
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

  /// Whether the message is a request, which may be answered late, or skipped when nobody waits for the answer.
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
