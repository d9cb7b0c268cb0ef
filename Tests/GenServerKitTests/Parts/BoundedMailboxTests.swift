import Testing

@testable import GenServerKit

private typealias Slot = MailboxSlot<Puppet>

@Suite("Bounded mailbox, by itself") struct BoundedMailboxTests {
  private let runtime = Runtime()

  private func mailbox(_ limit: Int) throws -> BoundedMailbox<Puppet> {
    BoundedMailbox(try ProcessOptions([.mailbox(limit: limit, whenFull: .wait)]))
  }

  private func slot(_ text: String = "", isCounted: Bool = true, sender: Waiter? = nil) -> Slot {
    Slot(.info(.note(text), nil), isCounted: isCounted, sender: sender)
  }

  @Test("A message that left makes room for one")
  func leaving() throws {
    let mailbox = try mailbox(1)
    var admitted: [Waiter] = []
    for _ in 0..<5 {
      #expect(mailbox.hasRoom)
      #expect(mailbox.append(slot()))
      #expect(!mailbox.hasRoom)
      #expect(mailbox.takeFirst(&admitted) != nil)
      #expect(mailbox.isEmpty)
    }
    #expect(admitted.isEmpty)
  }

  @Test("Senders are let in one by one, in order, as messages leave")
  func senders() throws {
    let mailbox = try mailbox(2)
    let senders = (0..<5).map { _ in Waiter(in: runtime) }
    for (index, sender) in senders.enumerated() { #expect(mailbox.append(slot(sender: sender)) == (index < 2)) }
    #expect(mailbox.count == 2)
    for expected in senders[2...] {
      var admitted: [Waiter] = []
      #expect(mailbox.takeFirst(&admitted) != nil)
      #expect(admitted.count == 1 && admitted.first === expected)
      #expect(mailbox.count == 2)
    }
  }

  @Test("A sender that has given up is not let in, and the next one is")
  func gaveUp() throws {
    let mailbox = try mailbox(1)
    let (first, second) = (Waiter(in: runtime), Waiter(in: runtime))
    mailbox.append(slot())
    mailbox.append(slot("first", sender: first))
    mailbox.append(slot("second", sender: second))
    first.resolve(.failed(.timeout()))
    var admitted: [Waiter] = []
    #expect(mailbox.takeFirst(&admitted) != nil)
    #expect(admitted.count == 1 && admitted.first === second)
    // Once in, it is too late.
    #expect(!second.resolve(.failed(.timeout())))
  }

  @Test("What the bound does not count needs no room, and stays behind those that came before")
  func uncounted() throws {
    let mailbox = try mailbox(1)
    var admitted: [Waiter] = []
    #expect(mailbox.append(slot(isCounted: false)))
    #expect(mailbox.append(slot("inside")))
    #expect(mailbox.append(slot(isCounted: false)))
    let outside = slot("outside")
    #expect(!mailbox.append(outside))
    let behind = slot(isCounted: false)
    #expect(!mailbox.append(behind))
    #expect(mailbox.count == 3)
    // It stood behind one that waits for room, and comes in when that goes.
    #expect(mailbox.remove(outside, &admitted))
    #expect(!mailbox.remove(outside, &admitted))
    #expect(behind.position == .inside)
    #expect(mailbox.count == 4)
  }

  @Test("Any message can be taken out, wherever it stands, and the line stays as it should be", arguments: 1...8)
  func againstModel(seed: UInt64) throws {
    var random = PartsRandom(seed: seed)
    let bound = Int.random(in: 1...5, using: &random)
    let mailbox = try mailbox(bound)
    var line: [Slot] = []
    for round in 0..<3000 {
      var admitted: [Waiter] = []
      let before = Set(line.filter { $0.position == .inside }.map { ObjectIdentifier($0) })
      // More in than out, then more out than in.
      let grows = round / 50 % 2 == 0
      if line.isEmpty || Int.random(in: 0..<10, using: &random) < (grows ? 7 : 3) {
        let sender = Bool.random(using: &random) ? Waiter(in: runtime) : nil
        let new = slot(isCounted: Int.random(in: 0..<4, using: &random) > 0, sender: sender)
        line.append(new)
        mailbox.append(new)
      } else if Bool.random(using: &random) {
        #expect(mailbox.takeFirst(&admitted) === line.removeFirst())
      } else if Bool.random(using: &random) {
        let taken = line.remove(at: Int.random(in: 0..<line.count, using: &random))
        #expect(mailbox.remove(taken, &admitted))
      } else {
        let oldest = line.firstIndex { $0.isCounted && $0.position == .inside }
        #expect(mailbox.takeOldest(&admitted) === oldest.map { line.remove(at: $0) })
      }
      // Inside is the longest beginning of the line with so many messages that count.
      var counted = 0
      var isInside = true
      for slot in line {
        if slot.isCounted { counted += 1 }
        if counted > bound { isInside = false }
        #expect(slot.position == (isInside ? .inside : .outside))
      }
      let inside = line.filter { $0.position == .inside }
      #expect(mailbox.count == inside.count)
      let letIn = inside.filter { !before.contains(ObjectIdentifier($0)) && $0 !== line.last }.compactMap(\.sender)
      #expect(admitted.filter { waiter in letIn.contains { $0 === waiter } }.count == letIn.count)
    }
  }
}
