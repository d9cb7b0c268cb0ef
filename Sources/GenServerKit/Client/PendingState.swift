/// The state of a request that is sent first and awaited later, perhaps by nobody.
final class PendingState<Value: Sendable>: SentRequest, ReplySink, @unchecked Sendable {
  // Unchecked: inherited; the variables are touched under the lock only.
  let details: CallDetails
  /// What `within(_:)` says of the server that was asked.
  let timeout: Timeout?
  private let runtime: Runtime
  private let lock = Lock()
  private var result: Result<Value, CallError>?
  private var waiters: [Waiter] = []
  private var listeners: [@Sendable () -> Void] = []
  private var hasLeft = false
  private var isCallerGone = false

  init(_ process: ProcessCore, caller: ProcessCore?, _ details: CallDetails, timeout: Timeout? = nil) {
    self.details = details
    self.timeout = timeout
    runtime = process.runtime
    super.init(from: caller, to: process)
  }

  /// A request that failed before it was sent.
  init(_ error: CallError, _ details: CallDetails, runtime: Runtime) {
    self.details = details
    self.runtime = runtime
    timeout = nil
    result = .failure(error)
    super.init(from: nil, to: nil)
    _ = first.decide(.failed)
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

  /// Settles the request unless it is settled already. Returns whether this result counts.
  @discardableResult func settle(_ new: Result<Value, CallError>, as kind: FirstOutcome.Kind) -> Bool {
    guard first.decide(kind) else { return false }
    finish(new)
    return true
  }

  /// Stores the result; called only by the thread that won the decision.
  private func finish(_ new: Result<Value, CallError>) {
    leaveLists()
    lock.lock()
    result = new
    let waiters = self.waiters
    let listeners = self.listeners
    self.waiters = []
    self.listeners = []
    lock.unlock()
    for waiter in waiters { waiter.resolve(.admitted) }
    for listener in listeners { listener() }
  }

  package func answered(_ node: ReplyNode) -> Bool {
    guard first.decide(.answered) else { return false }
    if node.isWatched { node.endWatch() }
    if let failure = node.failure { finish(.failure(failure)) } else { finish(.success(node.read(Value.self))) }
    return true
  }

  package func lost() {
    if target?.isDoomed != true { settle(.failure(.replyDropped()), as: .failed) }
  }

  package func left() {
    lock.lock()
    hasLeft = true
    let waiters = self.waiters
    lock.unlock()
    for waiter in waiters { waiter.left() }
  }

  override func processEnded(_ reason: ExitReason) { settle(.failure(.exit(reason)), as: .ended) }

  override var dependent: Dependent? {
    if isOver { return nil }
    let wait = lock.withLock { waiters.first.map { ObjectIdentifier($0) } } ?? ObjectIdentifier(self)
    return Dependent(party: caller.map { .process($0) } ?? .outsider(wait: wait), request: details.request)
  }

  func timeOut() { giveUp(.timeout()) }

  func cancel() { giveUp(.cancelled()) }

  private func giveUp(_ error: CallError) {
    guard first.decide(error == .timeout() ? .timedOut : .gaveUp) else { return }
    // This comes before any waiter goes on: what a waiter sends then comes behind the message of a watch, and finds the
    // place in the mailbox free.
    leaves()
    finish(.failure(error))
  }

  /// The process may have handed the request to another task that waits for the answer; otherwise nobody waits any
  /// more.
  override func callerEnded() {
    let isAwaited = lock.withLock {
      isCallerGone = true
      return !waiters.isEmpty
    }
    if !isAwaited { cancel() }
  }

  nonisolated(nonsending) func outcome(_ timeout: Timeout?) async -> Result<Value, CallError> {
    await outcome(until: (timeout ?? self.timeout ?? .callDefault).deadline(in: runtime))
  }

  nonisolated(nonsending) func outcome(until deadline: Int64) async -> Result<Value, CallError> {
    let own = ProcessCore.ownProcess
    let waiter = target.map { Waiter(on: $0, caller: own, waitsAsProcess: own != nil) } ?? Waiter(in: runtime)
    if let result = enter(waiter) { return result }
    if let own, own === target, waiter.isCertain { return leave(waiter) ?? .failure(.callingSelf()) }
    if let circle = WaitGraph.shared.mark(waiter) { return leave(waiter) ?? .failure(.deadlock(circle)) }
    let outcome = await waiter.wait(until: deadline)
    WaitGraph.shared.unmark(waiter)
    if let result = leave(waiter) { return result }
    guard case .failed(let error) = outcome else { return .failure(.replyDropped()) }
    return .failure(error)
  }

  /// Waits as `outcome` does, for a caller that will not ask again: a later answer is told that nobody took it.
  nonisolated(nonsending) func finalOutcome(until deadline: Int64) async -> Result<Value, CallError> {
    let outcome = await outcome(until: deadline)
    if case .failure(let error) = outcome { giveUp(error) }
    // An answer that came in between was told that it was taken, and is just being written down.
    let waiter = Waiter(in: runtime)
    if let result = enter(waiter) { return result }
    _ = await waiter.wait(until: .max, shielded: true)
    return leave(waiter) ?? outcome
  }

  /// Why a wait of that process for the answer would never end; nil if it may.
  func obstacle(for own: ProcessCore) -> CallError? {
    guard let target, !isOver, !(lock.withLock { hasLeft }) else { return nil }
    if own === target { return .callingSelf() }
    let waiter = Waiter(on: target, caller: own, waitsAsProcess: true)
    if let circle = WaitGraph.shared.mark(waiter) { return .deadlock(circle) }
    WaitGraph.shared.unmark(waiter)
    return nil
  }

  private func enter(_ waiter: Waiter) -> Result<Value, CallError>? {
    lock.withLock {
      if result == nil { waiters.append(waiter) }
      if hasLeft { waiter.left() }
      return result
    }
  }

  private func leave(_ waiter: Waiter) -> Result<Value, CallError>? {
    let (result, isForgotten) = lock.withLock {
      waiters.removeAll { $0 === waiter }
      return (self.result, isCallerGone && waiters.isEmpty && self.result == nil)
    }
    if isForgotten { cancel() }
    return result
  }
}
