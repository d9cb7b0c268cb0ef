internal import Synchronization

/// A task that waits: for an answer, for the end of a process, for its start, for room in a mailbox. It is made only on
/// the slow path.
///
/// `first` decides between answer, time-out, cancellation, death and a dropped handle. Timer and cancellation hold the
/// waiter, never the reply node. No value travels through the continuation, since the thread sanitizer would not see
/// the order of that.
@usableFromInline package final class Waiter: WaitingClient, TimerEntry, ReplySink, @unchecked Sendable {
  // Unchecked: `outcome` belongs to the thread that decides `first`, and then to the waiting task; the other fields say
  // who may touch them.
  @usableFromInline enum Outcome {
    case answered(ReplyNode)
    case failed(CallError)
    case exited(ExitReason)
    case admitted
    case started(StartFailure?)
  }

  private enum Parking {
    static let nothing: UInt8 = 0
    static let continuation: UInt8 = 1
    static let outcome: UInt8 = 2
  }

  /// The awaited process, or nil where something else tells the waiter.
  let process: ProcessCore?
  private let runtime: Runtime
  @usableFromInline package let caller: ProcessCore?

  /// The place of the request while its caller waits.
  enum Queued {
    /// Nothing lies in a mailbox, or nothing can take it out.
    case no
    /// A request in a mailbox without a bound.
    case loosely
    /// A message in a mailbox with a bound.
    case at(any MailboxPlace)
  }

  private let first = FirstOutcome()
  private let parking = Atomic<UInt8>(Parking.nothing)
  private let hasLeft = Atomic<Bool>(false)
  @exclusivity(unchecked) private var continuation: UnsafeContinuation<Void, Never>?
  @exclusivity(unchecked) private var outcome: Outcome?
  /// Written before the wait begins.
  @exclusivity(unchecked) private var queued = Queued.no
  /// Touched under the time source's lock.
  @exclusivity(unchecked) @usableFromInline package var timerPosition = -1

  /// Whether the caller's own task waits, and with it the process; a child task of a handler waits for itself.
  let waitsAsProcess: Bool
  /// Whether the wait counts for the circle check.
  private let closesCircles: Bool

  @usableFromInline init(
    on process: ProcessCore, caller: ProcessCore? = nil, waitsAsProcess: Bool = false, closesCircles: Bool = true
  ) {
    self.process = process
    self.caller = caller
    self.waitsAsProcess = waitsAsProcess
    self.closesCircles = closesCircles
    runtime = process.runtime
    super.init()
  }

  /// Makes a waiter for something other than a process.
  init(in runtime: Runtime) {
    process = nil
    caller = nil
    waitsAsProcess = false
    closesCircles = false
    self.runtime = runtime
    super.init()
  }

  @usableFromInline package var isOver: Bool { first.isDecided }

  /// Called before the wait, with the place of the message that has to go if this wait is given up.
  func waits(with place: any MailboxPlace) { queued = .at(place) }
  @usableFromInline func waitsForRequest() { queued = .loosely }

  /// Whether the caller certainly waits for the process and nothing else, as the circle check must know.
  var isCertain: Bool { closesCircles && !isOver && !hasLeft.load(ordering: .acquiring) }

  /// Resolves the wait unless it has an outcome already. Returns whether this outcome counts.
  @discardableResult func resolve(_ outcome: Outcome) -> Bool {
    guard first.decide(outcome.kind) else { return false }
    // This comes before the caller goes on: what it sends then comes behind the messages of watches, and finds its
    // place in the mailbox free.
    if case .answered(let node) = outcome, node.isWatched { node.endWatch() }
    if let reason = reasonForLeaving() { leftUnanswered(reason) }
    if first.isAbandoned, case .at(let place) = queued { process?.takeBack(place) }
    finish(outcome)
    return true
  }

  private func finish(_ outcome: Outcome) {
    self.outcome = outcome
    if parking.exchange(Parking.outcome, ordering: .acquiringAndReleasing) == Parking.continuation, let continuation {
      runtime.scheduler.resume(continuation)
    }
  }

  /// Called under a mailbox's lock. Returns whether the message of a sender that waits for room comes in, because the
  /// sender has not given up. The sender goes on by `wasAdmitted`, outside of the lock.
  func admits() -> Bool { first.decide(.admitted) }
  func wasAdmitted() { finish(.admitted) }

  @usableFromInline package override func reasonForLeaving() -> ExitReason? {
    guard first.isAbandoned else { return nil }
    return WaitingClient.reasonForLeaving(caller, timedOut: first.kind == .timedOut)
  }

  @usableFromInline package func answered(_ node: ReplyNode) -> Bool { resolve(.answered(node)) }

  @usableFromInline package func lost() {
    // The handles that a dying process drops do not count as lost: their callers hear the exit reason in a moment.
    if process?.isDoomed != true { resolve(.failed(.replyDropped())) }
  }

  @usableFromInline package func left() { hasLeft.store(true, ordering: .releasing) }

  override func processEnded(_ reason: ExitReason) { resolve(.exited(reason)) }

  override var dependent: Dependent? {
    if isOver { return nil }
    guard let caller else { return Dependent(party: .outsider(wait: ObjectIdentifier(self)), request: nil) }
    return Dependent(party: waitsAsProcess ? .process(caller) : .task(of: caller), request: nil)
  }

  @usableFromInline package func timerFired() { resolve(.failed(.timeout())) }

  @usableFromInline package var sleeper: Sleeper { Sleeper(caller, process.map { "wait for \($0.title)" } ?? "wait") }

  /// Waits until there is an outcome; cancellation is one unless the waiter is shielded from it.
  @usableFromInline nonisolated(nonsending) func wait(until deadline: Int64, shielded: Bool = false) async -> Outcome {
    process?.tell(.isAwaited(by: self))
    let time = runtime.timeSource
    if deadline != .max, !isOver { time.arm(self, at: deadline) }
    if shielded {
      await park()
    } else {
      await withTaskCancellationHandler {
        await park()
      } onCancel: {
        resolve(.failed(.cancelled()))
      }
    }
    if deadline != .max { time.cancel(self) }
    process?.removeObserver(self)
    // The exchange that published the outcome came before: this load orders it for the thread sanitizer too.
    _ = parking.load(ordering: .acquiring)
    // The references are taken out, as they would form cycles: the node refers to its sink, and a message to its
    // waiter.
    let result = outcome
    outcome = nil
    if case .loosely = queued, first.isAbandoned { process?.takeBack(nil) }
    queued = .no
    return result ?? .failed(.replyDropped())
  }

  /// The answer to a request that came back unsent, although it had been answered before.
  func takeAnswer() -> Outcome? {
    guard parking.load(ordering: .acquiring) == Parking.outcome, case .answered = outcome else { return nil }
    defer { outcome = nil }
    return outcome
  }

  private nonisolated(nonsending) func park() async {
    if parking.load(ordering: .acquiring) == Parking.outcome { return }
    await withUnsafeContinuation { continuation in
      self.continuation = continuation
      let (parked, _) = parking.compareExchange(
        expected: Parking.nothing, desired: Parking.continuation, ordering: .acquiringAndReleasing)
      if !parked { continuation.resume() }
    }
  }
}

extension Waiter.Outcome {
  fileprivate var kind: FirstOutcome.Kind {
    switch self {
    case .answered: .answered
    case .admitted: .admitted
    case .exited, .started: .ended
    case .failed(.timeout): .timedOut
    case .failed(.replyDropped): .failed
    case .failed: .gaveUp
    }
  }
}
