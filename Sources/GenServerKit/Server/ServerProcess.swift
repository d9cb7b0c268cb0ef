/// The thin generic shell of a process: the mailbox's messages, the server's state, and the few functions that the
/// user's module specialises.
@usableFromInline package final class ServerProcess<Server: GenServer>: ProcessCore, @unchecked Sendable {
  // Unchecked: inherited; `inbox` is touched under the lock, everything else with the run right.
  @exclusivity(unchecked) @usableFromInline var inbox = MessageBuffer<Envelope<Server>>()
  @exclusivity(unchecked) @usableFromInline var batch = MessageBuffer<Envelope<Server>>()
  @exclusivity(unchecked) @usableFromInline var server: Server?
  /// A step that a handler asked for and that comes before the mailbox.
  @exclusivity(unchecked) @usableFromInline var step: Step?
  @exclusivity(unchecked) @usableFromInline var idle: IdleTimer<Server>?
  /// A task that the next activation does before it looks at the mailbox.
  @exclusivity(unchecked) @usableFromInline var duty: Duty?

  /// A step is kept in an object, as few processes ever have one: a value in place would need a look-up of its type at
  /// each process's end.
  @usableFromInline final class Step {
    @usableFromInline let value: Server.Continue

    @usableFromInline init(_ value: Server.Continue) { self.value = value }
  }

  @usableFromInline indirect enum Duty {
    case initialize(Server.Argument, Waiter)
    case terminate(EndRequest)
    /// The process looks for idle times again.
    case wake(Int64)
  }

  @inlinable init(_ permit: StartPermit) {
    super.init(
      permit.runtime.kind(Self.kind), permit.options, runtime: permit.runtime,
      limit: permit.options.isBounded ? BoundedMailbox<Server>(permit.options) : nil)
  }

  @inlinable static var kind: ProcessKind {
    ProcessKind.of(ObjectIdentifier(Server.self)) {
      ProcessKind(
        typeName: nameOfType,
        serverType: Server.self,
        drive: { unsafeDowncast($0, to: ServerProcess<Server>.self).drive() },
        activate: { await unsafeDowncast($0, to: ServerProcess<Server>.self).run() },
        dropContents: { unsafeDowncast($0, to: ServerProcess<Server>.self).dropContents() },
        deliver: { unsafeDowncast($0, to: ServerProcess<Server>.self).deliver($1, from: $2, by: $3) },
        postUnderLock: { unsafeDowncast($0, to: ServerProcess<Server>.self).postUnderLock($1) },
        waitingCount: { unsafeDowncast($0, to: ServerProcess<Server>.self).waitingCount },
        end: { unsafeDowncast($0, to: ServerProcess<Server>.self).endNow($1) })
    }
  }

  @usableFromInline var waitingCount: Int { lock.withLock { bounded?.count ?? inbox.count } }

  /// The mailbox in the place of `inbox`, where there is a bound.
  var bounded: BoundedMailbox<Server>? { limit.map { unsafeDowncast($0, to: BoundedMailbox<Server>.self) } }

  @usableFromInline static var nameOfType: String { "\(Server.self)" }

  // The door.

  @inlinable @inline(never) func enqueue(_ envelope: consuming Envelope<Server>) -> Delivery {
    lock.lock()
    if isClosed || limit != nil {
      lock.unlock()
      return enqueueWithLimit(envelope, policy: nil)
    }
    let arrival = append(envelope)
    lock.unlock()
    follow(arrival)
    return .enqueued
  }

  /// The consequences of a message that was put in, for the sender to carry out once the lock is open.
  @usableFromInline struct Arrival {
    @usableFromInline let submits: Bool
    /// The number of waiting messages, if it has to be logged.
    @usableFromInline let highCount: Int?

    @inlinable init(submits: Bool, highCount: Int?) {
      self.submits = submits
      self.highCount = highCount
    }
  }

  /// Under the lock.
  @inlinable @inline(__always) func append(_ envelope: consuming Envelope<Server>) -> Arrival {
    inbox.append(envelope)
    let count = inbox.count
    let submits = count == 1 && kick()
    guard count > Int(highWaterMark) else { return Arrival(submits: submits, highCount: nil) }
    highWaterMark |= Self.hasReachedMark
    return Arrival(submits: submits, highCount: count)
  }

  @inlinable @inline(__always) func follow(_ arrival: Arrival) {
    if arrival.submits { submit() }
    if let count = arrival.highCount { logHighWater(count) }
  }

  /// Puts a message in with all rare cases: a bound, a process that has ended.
  @usableFromInline func enqueueWithLimit(_ envelope: consuming Envelope<Server>, policy: OverflowPolicy?) -> Delivery {
    put(envelope, policy: policy, waits: false).delivery
  }

  /// Puts a message in, and returns its place too, for a sender that may give up: a call, a request, a cast that waits.
  ///
  /// A message that `waits` stands outside of the mailbox until there is room, if the policy is to wait. `sender` is
  /// the waiter that goes on once there is room; other senders wait for an answer.
  func put(
    _ envelope: consuming Envelope<Server>, policy: OverflowPolicy? = nil, waits: Bool, sender: Waiter? = nil
  ) -> (delivery: Delivery, place: (any MailboxPlace)?) {
    lock.lock()
    return putUnderLock(envelope, policy: policy, waits: waits, sender: sender)
  }

  /// Puts in the message of a timer whose time has come, unless the timer was cancelled meanwhile.
  @discardableResult func enqueue(_ envelope: consuming Envelope<Server>, by timer: OwnedTimer) -> Delivery {
    lock.lock()
    let (sends, wakes) = isSent(by: timer)
    let delivery: Delivery
    if sends {
      delivery = putUnderLock(envelope, policy: nil, waits: false, sender: nil).delivery
    } else {
      delivery = .refused
      lock.unlock()
    }
    if wakes { submit() }
    return delivery
  }

  /// Lets go of the lock.
  private func putUnderLock(
    _ envelope: consuming Envelope<Server>, policy: OverflowPolicy?, waits: Bool, sender: Waiter?
  ) -> (delivery: Delivery, place: (any MailboxPlace)?) {
    if isClosed {
      lock.unlock()
      return (.noProcess, nil)
    }
    guard let bounded else {
      let arrival = append(envelope)
      lock.unlock()
      follow(arrival)
      return (.enqueued, nil)
    }
    var dropped: MailboxSlot<Server>?
    var admitted: [Waiter] = []
    let isCounted = envelope.isBounded
    if isCounted, !bounded.hasRoom {
      switch policy ?? bounded.whenFull {
      case .wait where waits: break
      case .wait, .refuse:
        lock.unlock()
        return (.refused, nil)
      case .dropNewest:
        lock.unlock()
        return (.dropped, nil)
      case .dropOldest: dropped = bounded.takeOldest(&admitted)
      }
    }
    let slot = MailboxSlot(envelope, isCounted: isCounted, sender: sender)
    let arrival = append(slot, to: bounded)
    if slot.position == .inside, let sender, sender.admits() { admitted.append(sender) }
    lock.unlock()
    follow(arrival)
    for sender in admitted { sender.wasAdmitted() }
    if let dropped { drop(dropped) }
    return (.enqueued, slot)
  }

  /// Under the lock.
  private func append(_ slot: MailboxSlot<Server>, to bounded: BoundedMailbox<Server>) -> Arrival {
    let isFirst = bounded.isEmpty
    bounded.append(slot)
    let submits = isFirst && kick()
    let count = bounded.count
    guard count > Int(highWaterMark) else { return Arrival(submits: submits, highCount: nil) }
    highWaterMark |= Self.hasReachedMark
    return Arrival(submits: submits, highCount: count)
  }

  /// Drops a message that had to make room for another one.
  private func drop(_ slot: MailboxSlot<Server>) {
    var envelope = slot.envelope.take()
    envelope.take()?.takeNode()?.fail(.overloaded())
  }

  override func dropMessage(of monitor: ProcessMonitor) {
    if batch.removeOnly(where: { $0.tells(of: monitor) }) != nil { return }
    var admitted: [Waiter] = []
    lock.lock()
    var inside: MailboxSlot<Server>?
    var message: Envelope<Server>?
    if let bounded {
      inside = bounded.takeFirst(&admitted) { $0.tells(of: monitor) }
    } else {
      message = inbox.removeOnly { $0.tells(of: monitor) }
    }
    lock.unlock()
    // Messages are dropped, and senders let in, after the lock is let go.
    for sender in admitted { sender.wasAdmitted() }
    withExtendedLifetime(inside) {}
    _ = message.take()
  }

  override func takeBack(_ place: (any MailboxPlace)?) {
    guard let bounded, let place else { return dropAbandoned() }
    let slot = unsafeDowncast(place, to: MailboxSlot<Server>.self)
    var admitted: [Waiter] = []
    lock.lock()
    // A process that ends drops by itself what it has not handled.
    let isToStay = isClosed || slot.position == .inside && runsAbandoned && slot.isRequest
    let isSkipped = !isToStay && bounded.remove(slot, &admitted) && slot.isRequest
    lock.unlock()
    for sender in admitted { sender.wasAdmitted() }
    if isSkipped { skippedAbandoned() }
  }

  /// Drops the requests in an unbounded mailbox for which nobody waits any more. In a short mailbox this happens at
  /// once. In a long one it waits until half of the messages may be such requests, so that each costs the same however
  /// many there are.
  private func dropAbandoned() {
    if runsAbandoned { return }
    var dropped = MessageBuffer<Envelope<Server>>()
    lock.lock()
    let isShort = inbox.count <= 64
    if !isClosed, !inbox.isEmpty, isShort || countAbandonedUnderLock() > inbox.count / 2 {
      if !isShort { forgetAbandonedUnderLock() }
      inbox.moveAll(to: &dropped) { $0.isAbandoned }
    }
    lock.unlock()
    for _ in 0..<dropped.count { skippedAbandoned() }
    dropped.removeAll()
  }

  /// Puts in a request of the system. It takes the run right whatever lies in the mailbox, as a suspended server has
  /// let go of it.
  @usableFromInline func postUnderLock(_ message: SystemMessage) -> Bool {
    if isClosed || message.isVoid {
      lock.unlock()
      return false
    }
    if let bounded {
      bounded.append(MailboxSlot(.system(message), isCounted: false))
    } else {
      inbox.append(.system(message))
    }
    let submits = kick()
    lock.unlock()
    if submits { submit() }
    return true
  }

  /// Puts in a value of any type: one of the server's `Info` is handled as such.
  @usableFromInline func deliver(_ value: any Sendable, from sender: PID?, by timer: OwnedTimer?) -> Delivery {
    if let timer { return deliver(value, from: sender, sentBy: timer) }
    if let info = value as? Server.Info { return enqueue(.info(info, nil)) }
    return enqueue(.foreign(ForeignMessage(value, from: sender)))
  }

  private func deliver(_ value: any Sendable, from sender: PID?, sentBy timer: OwnedTimer) -> Delivery {
    if let info = value as? Server.Info {
      return enqueue(.info(info, .ofTimer(timer.nextTick, passesBound: false)), by: timer)
    }
    return enqueue(.foreign(ForeignMessage(value, from: sender, timer.nextTick)), by: timer)
  }

  // The holder's side of the mailbox.

  /// Moves the messages from the mailbox into the batch, which is empty.
  @inlinable func refill() {
    clearMore()
    if limit != nil { return refillWithLimit() }
    lock.lock()
    // A single message is moved and not swapped, so that most processes never get a second buffer for more than one
    // message.
    if inbox.count == 1 {
      caughtUp()
      batch.append(inbox.removeFirst())
    } else if !inbox.isEmpty {
      swap(&inbox, &batch)
    }
    lock.unlock()
  }

  /// Takes one message at a time, so that the bound is exact.
  @usableFromInline @inline(never) func refillWithLimit() {
    guard let bounded else { return }
    var admitted: [Waiter] = []
    lock.lock()
    let slot = bounded.takeFirst(&admitted)
    if let envelope = slot?.envelope.take() { batch.append(envelope) }
    if bounded.isEmpty { caughtUp() } else { setMore() }
    lock.unlock()
    for sender in admitted { sender.wasAdmitted() }
    if let faults = bounded.faults, !batch.isEmpty { inject(faults) }
  }

  /// Drops messages and state when the process ends; no thread can see them any more.
  @inlinable func dropContents() {
    if limit != nil { dropBounded() }
    lock.lock()
    var rest = MessageBuffer<Envelope<Server>>()
    swap(&rest, &inbox)
    lock.unlock()
    rest.removeAll()
    batch.removeAll()
    if let idle { cancelTimer(idle) }
    idle = nil
    step = nil
    duty = nil
    server = nil
  }

  @usableFromInline @inline(never) func dropBounded() {
    guard let bounded else { return }
    let (inside, outside) = lock.withLock { bounded.takeAll() }
    // A waiter, for room or for an answer, refers to its slot, and the slot to the waiter: this breaks the cycle.
    for slot in inside { slot.envelope = nil }
    for slot in outside { slot.envelope = nil }
  }

  override func giveUpMemory(lookingAgain interval: Int64) {
    hibernate()
    duty = .wake(interval)
  }

  /// Gives up spare memory.
  @usableFromInline func hibernate() {
    batch.releaseStorage()
    lock.lock()
    inbox.releaseStorage()
    lock.unlock()
  }
}
