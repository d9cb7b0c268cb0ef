/// What is known of a request that nobody may be waiting for.
final class PendingState<Value: Sendable>: WaitingClient, ReplySink, @unchecked Sendable {
  // Unchecked: inherited; `result` and `waiters` are touched under the lock only.
  let details: CallDetails
  private let process: ProcessCore?
  private let runtime: Runtime
  package let caller: ProcessCore?
  private let lock = Lock()
  private var result: Result<Value, CallError>?
  private var waiters: [Waiter] = []
  private var listeners: [@Sendable () -> Void] = []
  private var hasLeft = false

  init(_ process: ProcessCore, caller: ProcessCore?, _ details: CallDetails) {
    self.process = process
    self.caller = caller
    self.details = details
    runtime = process.runtime
    super.init()
  }

  /// A request that never got anywhere.
  init(_ error: CallError, _ details: CallDetails, runtime: Runtime) {
    process = nil
    caller = nil
    self.details = details
    self.runtime = runtime
    result = .failure(error)
    super.init()
  }

  func observe() {
    if let reason = process?.addObserver(self) { settle(.failure(.exit(reason))) }
    // An answer that came before the observer was listed has found nothing to take off the list.
    if isOver { process?.removeObserver(self) }
  }

  var settled: Result<Value, CallError>? { lock.withLock { result } }

  /// Calls `listener` once there is a result, at once if there is one.
  func whenSettled(_ listener: @escaping @Sendable () -> Void) {
    let isSettled = lock.withLock {
      if result == nil { listeners.append(listener) }
      return result != nil
    }
    if isSettled { listener() }
  }

  package var isOver: Bool { lock.withLock { result != nil } }

  /// The first result counts. Returns whether this was it.
  @discardableResult func settle(_ new: Result<Value, CallError>) -> Bool {
    lock.lock()
    guard result == nil else {
      lock.unlock()
      return false
    }
    result = new
    let waiters = self.waiters
    let listeners = self.listeners
    self.waiters = []
    self.listeners = []
    lock.unlock()
    process?.removeObserver(self)
    for waiter in waiters { waiter.resolve(.admitted) }
    for listener in listeners { listener() }
    return true
  }

  package func answered(_ node: ReplyNode) -> Bool {
    if let failure = node.failure { return settle(.failure(failure)) }
    return settle(.success(node.read(Value.self)))
  }

  package func lost() {
    if process?.isDoomed != true { settle(.failure(.replyDropped())) }
  }

  package func left() {
    lock.lock()
    hasLeft = true
    let waiters = self.waiters
    lock.unlock()
    for waiter in waiters { waiter.left() }
  }

  override func processEnded(_ reason: ExitReason) { settle(.failure(.exit(reason))) }

  override var dependent: Dependent? {
    if isOver { return nil }
    let wait = lock.withLock { waiters.first.map { ObjectIdentifier($0) } } ?? ObjectIdentifier(self)
    return Dependent(party: caller.map { .process($0) } ?? .outsider(wait: wait), request: details.request)
  }

  func timeOut() { giveUp(.failure(.timeout())) }

  func cancel() { giveUp(.failure(.cancelled())) }

  private func giveUp(_ outcome: Result<Value, CallError>) {
    if settle(outcome), let reason = reasonForLeaving() { leftUnanswered(reason) }
  }

  override func reasonForLeaving() -> ExitReason? {
    guard case .failure(let error)? = settled else { return nil }
    switch error {
    case .timeout: return WaitingClient.reasonForLeaving(caller, timedOut: true)
    case .cancelled, .callingSelf, .deadlock: return WaitingClient.reasonForLeaving(caller, timedOut: false)
    default: return nil
    }
  }

  nonisolated(nonsending) func outcome(_ timeout: Timeout) async -> Result<Value, CallError> {
    await outcome(until: timeout.deadline(in: runtime))
  }

  private nonisolated(nonsending) func outcome(until deadline: Int64) async -> Result<Value, CallError> {
    let own = ProcessCore.ownProcess
    let waiter = process.map { Waiter(on: $0, caller: own, waitsAsProcess: own != nil) } ?? Waiter(in: runtime)
    if let result = enter(waiter) { return result }
    if let own, own === process, waiter.isCertain { return leave(waiter) ?? .failure(.callingSelf()) }
    if let circle = WaitGraph.shared.mark(waiter) { return leave(waiter) ?? .failure(.deadlock(circle)) }
    let outcome = await waiter.wait(until: deadline)
    WaitGraph.shared.unmark(waiter)
    if let result = leave(waiter) { return result }
    guard case .failed(let error) = outcome else { return .failure(.replyDropped()) }
    return .failure(error)
  }

  /// The same for who will not ask again: what comes later finds nobody.
  nonisolated(nonsending) func finalOutcome(until deadline: Int64) async -> Result<Value, CallError> {
    let outcome = await outcome(until: deadline)
    giveUp(outcome)
    // An answer that came in between was told that it was taken.
    return settled ?? outcome
  }

  private func enter(_ waiter: Waiter) -> Result<Value, CallError>? {
    lock.withLock {
      if result == nil { waiters.append(waiter) }
      if hasLeft { waiter.left() }
      return result
    }
  }

  private func leave(_ waiter: Waiter) -> Result<Value, CallError>? {
    lock.withLock {
      waiters.removeAll { $0 === waiter }
      return result
    }
  }
}
