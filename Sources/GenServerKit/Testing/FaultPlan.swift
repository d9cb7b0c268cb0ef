/// The faults to inject into one process: at its n-th message, or with the answer to its n-th call.
///
/// It lies in the process's mailbox limit, so that processes without a limit never check for it.
final class FaultPlan: Sendable {
  private struct Counts {
    var messages = 0
    var calls = 0
    /// The messages that have come back after a delay, and were counted before.
    var returned = 0
  }

  private let injection: FaultBook.Injection
  private let counts = Locked(Counts())

  init(_ injection: FaultBook.Injection) { self.injection = injection }

  /// The faults that have not happened yet, and how many messages have been taken.
  var rest: (faults: FaultBook.Entry, messageCount: Int) {
    let counts = counts.withLock { $0 }
    var rest = injection.entry
    rest.messages = rest.messages.filter { $0.key > counts.messages }
    rest.replies = rest.replies.filter { $0.key > counts.calls }
    return (rest, counts.messages)
  }

  /// Counts a message that was taken out of the mailbox, and returns the faults for it.
  func taken(isCall: Bool) -> (message: FaultBook.Message?, reply: FaultBook.Reply?) {
    let numbers: (message: Int, call: Int)? = counts.withLock { counts in
      if counts.returned > 0 {
        counts.returned -= 1
        return nil
      }
      counts.messages += 1
      if isCall { counts.calls += 1 }
      return (counts.messages, counts.calls)
    }
    guard let numbers else { return (nil, nil) }
    return injection.take(message: numbers.message, call: isCall ? numbers.call : nil)
  }

  /// Notes that the message that is taken next has been counted already.
  func putBack() { counts.withLock { $0.returned += 1 } }
}

extension ProcessCore {
  /// The faults that a test has injected into the process and that have not happened yet.
  package var faultsToCome: (faults: FaultBook.Entry, messageCount: Int)? {
    guard let rest = limit?.faults?.rest, !rest.faults.isEmpty else { return nil }
    return rest
  }
}

extension ServerProcess {
  /// Injects the faults for the single message in the batch.
  @inline(never) func inject(_ plan: FaultPlan) {
    let isCall: Bool
    switch batch.first.pointee {
    case .call: isCall = true
    case .cast: isCall = false
    case .info: isCall = false
    case .foreign: isCall = false
    case .system: return
    }
    let (message, reply) = plan.taken(isCall: isCall)
    if let reply { interpose(reply) }
    switch message {
    case nil: break
    case .exit(let reason)?:
      // The exit comes first, so that callers hear the reason and not that a handle was lost.
      signalExit(reason)
      batch.removeAll()
    case .delay(let duration)?:
      let held = HeldMessage(batch.removeFirst())
      _ = runtime.timers.start(.after(duration)) { [self] in putBack(held, plan) }
    }
  }

  private func putBack(_ held: HeldMessage<Server>, _ plan: FaultPlan) {
    guard let envelope = held.take() else { return }
    lock.lock()
    if isClosed {
      lock.unlock()
      return
    }
    let isCounted = envelope.isBounded
    bounded?.prepend(MailboxSlot(envelope, isCounted: isCounted))
    plan.putBack()
    let submits = kick()
    lock.unlock()
    if submits { submit() }
  }

  private func interpose(_ fault: FaultBook.Reply) {
    switch batch.removeFirst() {
    case .call(let request, let node):
      node.interpose { FaultySink($0, fault, runtime.timers) }
      batch.prepend(.call(request, node))
    case .cast: break
    case .info: break
    case .foreign: break
    case .system: break
    }
  }
}

/// A message that is kept from its process for a while.
private final class HeldMessage<Server: GenServer>: Sendable {
  private let envelope: Locked<Envelope<Server>?>

  init(_ envelope: consuming sending Envelope<Server>) { self.envelope = Locked(consume envelope) }

  func take() -> Envelope<Server>? { envelope.withLock { $0.take() } }
}

/// A sink that stands between an answer and the waiter.
private final class FaultySink: ReplySink {
  private let sink: any ReplySink
  private let fault: FaultBook.Reply
  private let timers: OwnedTimers

  init(_ sink: any ReplySink, _ fault: FaultBook.Reply, _ timers: OwnedTimers) {
    self.sink = sink
    self.fault = fault
    self.timers = timers
  }

  /// Loses or delays the answer; the answering side believes that it was taken.
  func answered(_ node: ReplyNode) -> Bool {
    if node.isWatched { node.endWatch() }
    if case .delay(let duration) = fault { _ = timers.start(.after(duration)) { [sink] in _ = sink.answered(node) } }
    return true
  }

  func lost() { sink.lost() }
  func left() { sink.left() }
  func watch(_ watch: ClientWatch) { sink.watch(watch) }
  func reasonForLeaving() -> ExitReason? { sink.reasonForLeaving() }
  var isOver: Bool { sink.isOver }
  var caller: ProcessCore? { sink.caller }
}
