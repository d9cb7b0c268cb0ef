internal import Synchronization

/// What is known of a request whose answer will be a message, whatever its types.
///
/// `state` is the arbiter between answer, time-out, death, a dropped handle and cancellation.
class RequestCore: WaitingClient, TimerEntry, @unchecked Sendable {
  // Unchecked: inherited; the position is touched under the time source's lock.
  private enum State {
    static let waiting: UInt8 = 0
    static let settled: UInt8 = 1
    static let over: UInt8 = 2
  }

  let owner: ProcessCore
  private let state = Atomic<UInt8>(State.waiting)
  private let hasLeft = Atomic<Bool>(false)
  private let hasTimedOut = Atomic<Bool>(false)
  /// Who is asked; nil if there is nobody.
  let target: ProcessCore?
  var timerPosition = -1

  init(of owner: ProcessCore, to target: ProcessCore?) {
    self.owner = owner
    self.target = target
    super.init()
  }

  package final var isOver: Bool { state.load(ordering: .acquiring) != State.waiting }

  override final var dependent: Dependent? {
    isOver ? nil : Dependent(party: .process(owner), request: details.request)
  }

  /// Whether the caller of this settles the request, and nobody else.
  final func wins() -> Bool { move(from: State.waiting, to: State.settled) || owner.runtime.has(.lateAnswer) }

  /// By the owner, which takes the message out of its mailbox. False if the request was given up.
  final func isDelivered() -> Bool { move(from: State.settled, to: State.over) || owner.runtime.has(.lateAnswer) }

  final func cancel() {
    if move(from: State.waiting, to: State.over) {
      hasLeft.store(true, ordering: .releasing)
      leave()
      leftUnanswered(WaitingClient.reasonForLeaving(owner, timedOut: false))
    } else {
      _ = move(from: State.settled, to: State.over)
    }
  }

  /// Who was asked what, for people to read.
  var details: CallDetails { .unknown }

  final func wait(until deadline: Int64) {
    if deadline != .max { owner.runtime.timeSource.arm(self, at: deadline) }
  }

  final func observe() {
    if let reason = target?.addObserver(self) { processEnded(reason) }
    // What was settled before the observer was listed has found nothing to take off the list.
    if isOver { leave() }
  }

  /// No end and no time concerns it any more.
  final func leave() {
    owner.runtime.timeSource.cancel(self)
    target?.removeObserver(self)
  }

  /// Whether the one who is asked is ending, so that its reason comes in a moment.
  final var isTargetDoomed: Bool { target?.isDoomed ?? false }

  func timerFired() {}
  final var sleeper: Sleeper { Sleeper(owner, "request of \(details.server)") }

  final func timedOut() {
    hasTimedOut.store(true, ordering: .releasing)
    leftUnanswered(WaitingClient.reasonForLeaving(owner, timedOut: true))
  }

  override final func reasonForLeaving() -> ExitReason? {
    let timedOut = hasTimedOut.load(ordering: .acquiring)
    guard timedOut || hasLeft.load(ordering: .acquiring) else { return nil }
    return WaitingClient.reasonForLeaving(owner, timedOut: timedOut)
  }

  private func move(from: UInt8, to: UInt8) -> Bool {
    state.compareExchange(expected: from, desired: to, ordering: .acquiringAndReleasing).exchanged
  }
}

/// The part that knows whose message the answer becomes.
class AnsweredRequest<Server: GenServer>: RequestCore, @unchecked Sendable {
  // Unchecked: inherited.
  func info() -> Server.Info? { nil }
}

final class ServerRequest<Server: GenServer, Value: Sendable>: AnsweredRequest<Server>, ReplySink,
  @unchecked Sendable
{
  // Unchecked: inherited; `result` is written by who wins, before the message that leads the owner to it is sent.
  private let ownDetails: CallDetails
  private let message: @Sendable (Result<Value, CallError>) -> Server.Info
  private var result: Result<Value, CallError>?

  init(
    of owner: ProcessCore, to target: ProcessCore?, _ details: CallDetails,
    _ message: @escaping @Sendable (Result<Value, CallError>) -> Server.Info
  ) {
    ownDetails = details
    self.message = message
    super.init(of: owner, to: target)
  }

  override var details: CallDetails { ownDetails }

  @discardableResult func settle(_ new: Result<Value, CallError>, isTimeout: Bool = false) -> Bool {
    guard wins() else { return false }
    result = new.mapError { $0.details.isKnown ? $0 : $0.with(details) }
    leave()
    // Before the owner goes on: what it sends then comes behind the message of that.
    if isTimeout { timedOut() }
    _ = owner.post(.answer(self))
    return true
  }

  override func info() -> Server.Info? {
    guard isDelivered(), let result else { return nil }
    return message(result)
  }

  var caller: ProcessCore? { owner }

  func answered(_ node: ReplyNode) -> Bool {
    if let failure = node.failure { return settle(.failure(failure)) }
    return settle(.success(node.read(Value.self)))
  }

  func lost() { if !isTargetDoomed { settle(.failure(.replyDropped())) } }
  func left() {}
  override func processEnded(_ reason: ExitReason) { settle(.failure(.exit(reason))) }
  override func timerFired() { settle(.failure(.timeout()), isTimeout: true) }
}

extension ProcessCore {
  /// Leaves a request to the test that calls the server's handlers; only its time goes on.
  final func keep(_ request: RequestCore, until deadline: Int64) {
    lock.withLock {
      if isOver { return }
      let particulars = makeParticularsUnderLock()
      particulars.keptRequests.removeAll { $0.isOver }
      particulars.keptRequests.append(request)
    }
    request.wait(until: deadline)
  }
}

extension ServerProcess {
  /// The answer to a request of the server's own.
  func handle(answer: AnyObject) -> Verdict {
    guard let info = (answer as? AnsweredRequest<Server>)?.info() else { return .goOn }
    return handle(info, nil)
  }
}
