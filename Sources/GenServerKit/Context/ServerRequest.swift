internal import Synchronization

/// A request whose answer will be a message, without its types.
class RequestCore: SentRequest, TimerEntry, @unchecked Sendable {
  // Unchecked: inherited; the position is touched under the time source's lock.
  let owner: ProcessCore
  /// Whether the message has been handled, or must not be handled any more.
  private let isTaken = Atomic<Bool>(false)
  var timerPosition = -1

  init(of owner: ProcessCore, to target: ProcessCore?) {
    self.owner = owner
    super.init(from: owner, to: target)
  }

  override final var dependent: Dependent? {
    isOver ? nil : Dependent(party: .process(owner), request: details.request)
  }

  /// Decides the request. Returns whether the caller, and no other thread, is to settle it.
  final func wins(as kind: FirstOutcome.Kind) -> Bool { first.decide(kind) || owner.runtime.has(.lateAnswer) }

  /// Called by the owner when it takes the message out of its mailbox. Returns false if the request was given up.
  final func isDelivered() -> Bool {
    !isTaken.exchange(true, ordering: .acquiringAndReleasing) || owner.runtime.has(.lateAnswer)
  }

  final func cancel() {
    isTaken.store(true, ordering: .releasing)
    guard first.decide(.gaveUp) else { return }
    leave()
    leaves()
  }

  /// The owner has ended: nobody waits for the answer.
  override final func callerEnded() { cancel() }

  /// The server that was asked and the request, as text for people.
  var details: CallDetails { .unknown }

  final func wait(until deadline: Int64) {
    if deadline != .max { owner.runtime.timeSource.arm(self, at: deadline) }
  }

  final func observe() {
    observe(isOwned: true)
    if isOver { leave() }
  }

  /// Stops listening for the server's end and for the time-out.
  final func leave() {
    owner.runtime.timeSource.cancel(self)
    leaveLists()
  }

  /// Whether the server that was asked is ending, so that its exit reason comes in a moment.
  final var isTargetDoomed: Bool { target?.isDoomed ?? false }

  func timerFired() {}
  final var sleeper: Sleeper { Sleeper(owner, "request of \(details.server)") }
}

/// A request that knows the type of the server whose message the answer becomes.
class AnsweredRequest<Server: GenServer>: RequestCore, @unchecked Sendable {
  // Unchecked: inherited.
  func info() -> Server.Info? { nil }
}

final class ServerRequest<Server: GenServer, Value: Sendable>: AnsweredRequest<Server>, ReplySink,
  @unchecked Sendable
{
  // Unchecked: inherited; `result` is written by the thread that wins the decision, before it sends the message that
  // leads the owner to it.
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

  @discardableResult func settle(_ new: Result<Value, CallError>, as kind: FirstOutcome.Kind) -> Bool {
    guard wins(as: kind) else { return false }
    finish(new)
    return true
  }

  /// Stores the result; called only by the thread that won the decision.
  private func finish(_ new: Result<Value, CallError>) {
    result = new.mapError { $0.details.isKnown ? $0 : $0.with(details) }
    leave()
    // This comes before the owner goes on: what it sends then comes behind the message of a watch, and finds the place
    // in the mailbox free.
    if first.kind == .timedOut { leaves() }
    _ = owner.post(.answer(self))
  }

  override func info() -> Server.Info? {
    guard isDelivered(), let result else { return nil }
    return message(result)
  }

  func answered(_ node: ReplyNode) -> Bool {
    guard wins(as: .answered) else { return false }
    if node.isWatched { node.endWatch() }
    if let failure = node.failure { finish(.failure(failure)) } else { finish(.success(node.read(Value.self))) }
    return true
  }

  func lost() { if !isTargetDoomed { settle(.failure(.replyDropped()), as: .failed) } }
  func left() {}
  override func processEnded(_ reason: ExitReason) { settle(.failure(.exit(reason)), as: .ended) }
  override func timerFired() { settle(.failure(.timeout()), as: .timedOut) }
}

extension ProcessCore {
  /// Leaves a request to the test that calls the server's handlers; only its time-out still runs.
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
  /// Handles the answer to a request of the server's own, or the outcome of one of its tasks.
  func handle(answer: AnyObject) -> Verdict {
    guard let info = Self.info(of: answer) else { return .goOn }
    return handle(info, nil)
  }

  static func info(of answer: AnyObject) -> Server.Info? {
    (answer as? AnsweredRequest<Server>)?.info() ?? (answer as? ServerTaskCore)?.takeMessage() as? Server.Info
  }
}
