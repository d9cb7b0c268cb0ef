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
  @exclusivity(unchecked) fileprivate(set) var position = Position.nowhere
  @exclusivity(unchecked) fileprivate var place = ListPlace<MailboxSlot<Server>>()

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

private struct MailboxSlotPlaces<Server: GenServer>: ListPlaces {
  func withPlace<Result>(
    of slot: MailboxSlot<Server>, _ body: (inout ListPlace<MailboxSlot<Server>>) -> Result
  ) -> Result { body(&slot.place) }
}

/// The messages of a mailbox that has a bound, in one line. Everything is touched under the lock of the mailbox.
///
/// The messages inside are the mailbox. Behind them, outside, stand those that wait for room: they do not count yet,
/// and come in by turn as others go. Messages that the bound does not count, those of the server's timers and requests
/// of the system, keep their place in the line and need no room.
@usableFromInline final class BoundedMailbox<Server: GenServer>: MailboxLimit, @unchecked Sendable {
  // Unchecked: see above.
  private typealias Line = IntrusiveList<MailboxSlotPlaces<Server>>

  private var inside = Line(MailboxSlotPlaces())
  private var outside = Line(MailboxSlotPlaces())
  private var countedInside = 0
  private var uncountedInside = 0

  @usableFromInline init(_ options: ProcessOptions) {
    let (limit, whenFull) = options.mailboxLimit ?? (limit: .max, whenFull: .refuse)
    super.init(limit: limit, whenFull: whenFull, faults: options.faults)
  }

  deinit {
    _ = inside.removeAll()
    _ = outside.removeAll()
  }

  /// How many messages wait in the mailbox.
  var count: Int { countedInside + uncountedInside }

  /// Whether the mailbox is empty. While it is, no message stands outside either.
  var isEmpty: Bool { inside.isEmpty }

  var hasRoom: Bool { countedInside < limit }

  /// Puts a message at the end of the line. Returns whether the message is inside.
  @discardableResult func append(_ slot: MailboxSlot<Server>) -> Bool {
    // Every message goes behind those that wait, so that messages of one sender stay in order.
    guard outside.isEmpty, hasRoom || !slot.isCounted else {
      slot.position = .outside
      outside.append(slot)
      return false
    }
    enter(slot)
    return true
  }

  /// Puts a message before all others. It has been inside before, and needs no room.
  func prepend(_ slot: MailboxSlot<Server>) {
    count(slot, 1)
    slot.position = .inside
    inside.prepend(slot)
  }

  /// Takes out the first message, or the first that is wanted. The senders that come in for it are added to `admitted`.
  func takeFirst(
    _ admitted: inout [Waiter], where isWanted: ((borrowing Envelope<Server>) -> Bool)? = nil
  ) -> MailboxSlot<Server>? {
    let found: MailboxSlot<Server>?
    if let isWanted {
      let isWantedSlot: (MailboxSlot<Server>) -> Bool = { slot in
        switch slot.envelope {
        case .some(let envelope): isWanted(envelope)
        case .none: false
        }
      }
      found = inside.first(where: isWantedSlot) ?? outside.first(where: isWantedSlot)
    } else {
      found = inside.first { _ in true }
    }
    guard let found else { return nil }
    remove(found, &admitted)
    return found
  }

  /// Takes out the message that has waited longest of those that the bound counts.
  func takeOldest(_ admitted: inout [Waiter]) -> MailboxSlot<Server>? {
    guard let oldest = inside.first(where: { $0.isCounted }) else { return nil }
    remove(oldest, &admitted)
    return oldest
  }

  /// Takes out a message, wherever it stands. Returns false if it is no longer in the line.
  @discardableResult func remove(_ slot: MailboxSlot<Server>, _ admitted: inout [Waiter]) -> Bool {
    switch slot.position {
    case .nowhere: return false
    case .inside:
      inside.remove(slot)
      count(slot, -1)
    case .outside: outside.remove(slot)
    }
    slot.position = .nowhere
    letIn(&admitted)
    return true
  }

  /// Takes the whole line away, in its order, when the process ends.
  func takeAll() -> (inside: some Sequence<MailboxSlot<Server>>, outside: some Sequence<MailboxSlot<Server>>) {
    let lines = (Drained(inside), Drained(outside))
    inside = Line(MailboxSlotPlaces())
    outside = Line(MailboxSlotPlaces())
    countedInside = 0
    uncountedInside = 0
    return lines
  }

  /// A line that nobody else touches any more.
  private struct Drained: Sequence, IteratorProtocol {
    private var line: Line

    init(_ line: Line) { self.line = line }

    mutating func next() -> MailboxSlot<Server>? { line.popFirst() }
  }

  /// Lets messages come in from outside, in their turn, as long as there is room.
  private func letIn(_ admitted: inout [Waiter]) {
    while let next = outside.first(where: { _ in true }), hasRoom || !next.isCounted {
      outside.remove(next)
      next.position = .nowhere
      // A sender that has given up is just about to take its message back.
      if let sender = next.sender {
        guard sender.admits() else { continue }
        admitted.append(sender)
      }
      enter(next)
    }
  }

  private func enter(_ slot: MailboxSlot<Server>) {
    count(slot, 1)
    slot.position = .inside
    inside.append(slot)
  }

  private func count(_ slot: MailboxSlot<Server>, _ change: Int) {
    if slot.isCounted { countedInside += change } else { uncountedInside += change }
  }
}
