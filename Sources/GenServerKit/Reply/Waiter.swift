internal import Synchronization

/// A task that waits: for an answer, for the end of a process, for its start, for room in a mailbox. Made on the slow
/// path only.
///
/// `isOver` is the one arbiter between answer, time-out, cancellation, death and a dropped handle. Timer and
/// cancellation hold the waiter, never the reply node. No value travels through the continuation: the thread sanitizer
/// would not see its order.
@usableFromInline package final class Waiter: WaitingClient, TimerEntry, ReplySink, @unchecked Sendable {
  // Unchecked: `outcome` belongs to who wins `over`, then to the waiting task; the others are said beside them.
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

  /// The process that is waited for, or nil where the waiter is told by somebody else.
  let process: ProcessCore?
  private let runtime: Runtime
  @usableFromInline package let caller: ProcessCore?

  private enum Over {
    static let no: UInt8 = 0
    static let yes: UInt8 = 1
    static let byAdmission: UInt8 = 2
    static let byTimeout: UInt8 = 3
    static let byFailure: UInt8 = 4

    static func mark(_ outcome: Outcome) -> UInt8 {
      switch outcome {
      case .answered, .exited, .started: yes
      case .admitted: byAdmission
      case .failed(let error): error == .timeout() ? byTimeout : byFailure
      }
    }
  }

  private let over = Atomic<UInt8>(Over.no)
  private let parking = Atomic<UInt8>(Parking.nothing)
  private let hasLeft = Atomic<Bool>(false)
  @exclusivity(unchecked) private var continuation: UnsafeContinuation<Void, Never>?
  @exclusivity(unchecked) private var outcome: Outcome?
  /// Under the time source's lock.
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

  /// For a wait that is not for a process.
  init(in runtime: Runtime) {
    process = nil
    caller = nil
    waitsAsProcess = false
    closesCircles = false
    self.runtime = runtime
    super.init()
  }

  @usableFromInline package var isOver: Bool { over.load(ordering: .acquiring) != Over.no }

  /// For a sender that waits for room: whether its message counts, because it was let in before the sender gave up.
  @usableFromInline func admits() -> Bool {
    resolve(.admitted) || over.load(ordering: .acquiring) == Over.byAdmission
  }

  /// Whether the caller waits for the process and for nobody else, as the circle check must know.
  var isCertain: Bool { closesCircles && !isOver && !hasLeft.load(ordering: .acquiring) }

  /// The first outcome counts. Returns whether this was it.
  @discardableResult func resolve(_ outcome: Outcome) -> Bool {
    let mark = Over.mark(outcome)
    guard over.compareExchange(expected: Over.no, desired: mark, ordering: .acquiringAndReleasing).exchanged else {
      return false
    }
    self.outcome = outcome
    // Before the caller goes on: what it sends then comes behind the message of that.
    if let reason = reasonForLeaving(mark) { leftUnanswered(reason) }
    if parking.exchange(Parking.outcome, ordering: .acquiringAndReleasing) == Parking.continuation, let continuation {
      runtime.scheduler.resume(continuation)
    }
    return true
  }

  override func reasonForLeaving() -> ExitReason? { reasonForLeaving(over.load(ordering: .acquiring)) }

  private func reasonForLeaving(_ mark: UInt8) -> ExitReason? {
    guard mark == Over.byTimeout || mark == Over.byFailure else { return nil }
    return WaitingClient.reasonForLeaving(caller, timedOut: mark == Over.byTimeout)
  }

  @usableFromInline package func answered(_ node: ReplyNode) -> Bool { resolve(.answered(node)) }

  @usableFromInline package func lost() {
    // The handles that a dying process drops are not lost: their callers hear the reason in a moment.
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
    // Taken out: the node refers to its sink, and the sink must not keep the node.
    let result = outcome
    outcome = nil
    return result ?? .failed(.replyDropped())
  }

  /// The answer to a request that came back unsent, and yet was answered before.
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
