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
  /// What the next activation does before it looks at the mailbox.
  @exclusivity(unchecked) @usableFromInline var duty: Duty?

  /// An object, as few processes ever have one: a value in place would have to be looked up by type at each process's end.
  @usableFromInline final class Step {
    @usableFromInline let value: Server.Continue

    @usableFromInline init(_ value: Server.Continue) { self.value = value }
  }

  @usableFromInline indirect enum Duty {
    case initialize(Server.Argument, Waiter)
    case terminate(EndRequest)
    /// To look for idle times again.
    case wake(Int64)
  }

  @inlinable init(_ permit: StartPermit) {
    super.init(permit.runtime.kind(Self.kind), permit.options, runtime: permit.runtime)
  }

  @inlinable static var kind: ProcessKind {
    ProcessKind.of(ObjectIdentifier(Server.self)) {
      ProcessKind(
        typeName: nameOfType,
        serverType: Server.self,
        drive: { unsafeDowncast($0, to: ServerProcess<Server>.self).drive() },
        activate: { await unsafeDowncast($0, to: ServerProcess<Server>.self).run() },
        dropContents: { unsafeDowncast($0, to: ServerProcess<Server>.self).dropContents() },
        deliver: { unsafeDowncast($0, to: ServerProcess<Server>.self).deliver($1, from: $2) },
        postUnderLock: { unsafeDowncast($0, to: ServerProcess<Server>.self).postUnderLock($1) },
        waitingCount: { unsafeDowncast($0, to: ServerProcess<Server>.self).waitingCount },
        end: { unsafeDowncast($0, to: ServerProcess<Server>.self).endNow($1) })
    }
  }

  @usableFromInline var waitingCount: Int { lock.withLock { inbox.count } }

  @usableFromInline static var nameOfType: String { "\(Server.self)" }

  // The door.

  @inlinable @inline(never) func enqueue(_ envelope: consuming Envelope<Server>) -> Delivery {
    lock.lock()
    if isClosed || limit != nil {
      lock.unlock()
      return enqueueWithLimit(envelope, policy: nil, waits: false)
    }
    let arrival = append(envelope)
    lock.unlock()
    follow(arrival)
    return .enqueued
  }

  /// What a message that was put in leads to once the lock is open.
  @usableFromInline struct Arrival {
    @usableFromInline let submits: Bool
    /// How many wait, when that is to be logged.
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

  /// The same with all that is rare: a bound, a sender that waits for room, a process that has ended.
  @usableFromInline func enqueueWithLimit(
    _ envelope: consuming Envelope<Server>, policy: OverflowPolicy?, waits: Bool
  ) -> Delivery {
    lock.lock()
    if isClosed {
      lock.unlock()
      return .noProcess
    }
    var evicted: Envelope<Server>?
    let sender = envelope.admission
    var admitted = sender
    if let limit, envelope.isBounded {
      switch limit.verdict(for: policy ?? limit.whenFull, waits: waits) {
      case .admit: break
      case .refuse:
        lock.unlock()
        return .refused
      case .dropNewest:
        lock.unlock()
        return .dropped
      case .dropOldest:
        evicted = inbox.removeFirst { $0.isBounded }
        admitted = admitted ?? limit.left()
      }
      if !limit.entered(sender), admitted === sender { admitted = nil }
    }
    let arrival = append(envelope)
    lock.unlock()
    follow(arrival)
    admitted?.resolve(.admitted)
    evicted.take()?.takeNode()?.fail(.overloaded())
    return .enqueued
  }

  /// A request of the system. It takes the run right whatever lies in the mailbox: a suspended server has let go of it.
  @usableFromInline func postUnderLock(_ message: SystemMessage) -> Bool {
    if isClosed {
      lock.unlock()
      return false
    }
    inbox.append(.system(message))
    let submits = kick()
    lock.unlock()
    if submits { submit() }
    return true
  }

  /// Puts in a value of any type: one of the server's `Info` is handled as such.
  @usableFromInline func deliver(_ value: any Sendable, from sender: PID?) -> Delivery {
    if let info = value as? Server.Info { return enqueue(.info(info, nil)) }
    return enqueue(.foreign(ForeignMessage(value, from: sender)))
  }

  // The holder's side of the mailbox.

  /// Brings what is in the mailbox into the batch, which is empty.
  @inlinable func refill() {
    clearMore()
    if limit != nil { return refillWithLimit() }
    lock.lock()
    // A single message is moved, so that most processes never get a second buffer that is larger than for one.
    if inbox.count == 1 {
      caughtUp()
      batch.append(inbox.removeFirst())
    } else if !inbox.isEmpty {
      swap(&inbox, &batch)
    }
    lock.unlock()
  }

  /// One message at a time, so that the bound is exact.
  @usableFromInline @inline(never) func refillWithLimit() {
    lock.lock()
    var admitted: Waiter?
    if !inbox.isEmpty {
      let envelope = inbox.removeFirst()
      if envelope.isBounded { admitted = limit?.left() }
      batch.append(envelope)
      if inbox.isEmpty { caughtUp() } else { setMore() }
    }
    lock.unlock()
    admitted?.resolve(.admitted)
    if let faults = limit?.faults, !batch.isEmpty { inject(faults) }
  }

  /// Called when the process ends: what is dropped here is seen by nobody any more.
  @inlinable func dropContents() {
    lock.lock()
    var rest = MessageBuffer<Envelope<Server>>()
    swap(&rest, &inbox)
    let senders = blockedSenders()
    lock.unlock()
    withExtendedLifetime(senders) {}
    rest.removeAll()
    batch.removeAll()
    if let idle { cancelTimer(idle) }
    idle = nil
    step = nil
    duty = nil
    server = nil
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
