private import GenServerKitC
internal import Synchronization

/// The part of a process that is not generic: the run right, lending, life and death.
///
/// A process is a mailbox and a state machine; nobody owns a thread or a task for it. Whoever holds the run right, one
/// atomic word, runs it, and only the holder touches the fields that are not marked as guarded by the lock.
@usableFromInline package class ProcessCore: @unchecked Sendable {
  // Unchecked: a class that others inherit from cannot be checked. Each field says who may touch it.

  /// The run right, a `RunRight`. A new process is running: its `initialize`.
  let word = Atomic<UInt32>(RunRight.running.rawValue)
  /// What `word` becomes when the run right is let go.
  let idleWord = Atomic<UInt32>(RunRight.idleNotLending.rawValue)
  /// Guards the mailbox, `isClosed`, `isOver`, `exitReason`, `observers`, the activation's task and `relations`.
  @usableFromInline let lock = Lock()
  /// Under the lock: nothing comes in any more.
  @exclusivity(unchecked) @usableFromInline var isClosed = false
  /// Under the lock: observers have been told.
  @exclusivity(unchecked) private(set) var isOver = false

  let lending: LendingRule
  @usableFromInline let runsAbandoned: Bool
  /// With the run right: whether the next activation begins on the thread of a caller. It stands beside other bytes so
  /// that it costs a process no memory.
  @exclusivity(unchecked) @usableFromInline var isLent = false
  /// With the run right.
  @exclusivity(unchecked) @usableFromInline var flags = ProcessFlags()
  /// With the run right: whether the process lent before it was flagged.
  @exclusivity(unchecked) var lentBeforeFlags = false
  /// With the run right: fast calls in a row.
  @exclusivity(unchecked) var fastRuns: UInt8 = 0
  /// The number of requests that the server skipped, or their callers took back, because the callers had given up.
  private let abandonedCount = Atomic<UInt32>(0)
  /// How many messages may wait before that is logged, and whether it has been; touched under the lock.
  @exclusivity(unchecked) @usableFromInline var highWaterMark: UInt32
  /// Under the lock: whether `shownName` stands in the runtime's own table. It stands here for its size, as `isLent`
  /// does.
  @exclusivity(unchecked) var hasPlainName = false
  /// Known here too, since each look at the runtime may count a reference to what all threads share. It stands here for
  /// its size, as `isLent`.
  final let isInDefaultRuntime: Bool

  @usableFromInline package let kind: ProcessKind
  @usableFromInline package let runtime: Runtime
  @usableFromInline let limit: MailboxLimit?
  /// Under the lock: the name that texts show. It stays when the process has ended. It is an object, as few processes
  /// have a name and a string takes twice the space.
  @exclusivity(unchecked) private var nameText: NameText?
  /// Written by the table, once, before anybody sees the process there.
  @exclusivity(unchecked) package internal(set) var number = ProcessNumber.none

  /// When the caller of the call being handled stops waiting; see `ReplyNode.deadline`.
  private let handledDeadline = Atomic<Int64>(0)
  /// Set once. `AtomicLazyReference` would do this too, but calls unspecialised code at each read.
  private let activationReference = Atomic<Unmanaged<Activation>?>(nil)
  @exclusivity(unchecked) private(set) var exitReason: ExitReason?
  @exclusivity(unchecked) var observers = ExitObserverList()
  /// Under the lock, or by the process itself; see `relations`.
  @exclusivity(unchecked) final var heldRelations: Unmanaged<Relations>?

  @usableFromInline init(
    _ kind: ProcessKind, _ options: ProcessOptions, runtime: Runtime, limit: MailboxLimit? = nil
  ) {
    self.kind = kind
    self.runtime = runtime
    isInDefaultRuntime = runtime.isDefault
    lending = LendingRule(options.lending, isAsked: runtime.decidesLending)
    runsAbandoned = options.abandonedRequests == .run
    highWaterMark = options.highWaterMark
    self.limit = limit
    if lending == .always || lending == .earned && kind.hasEarnedLending { lendsFromNowOn() }
  }

  /// In `highWaterMark`: no mailbox holds so many, so that one question is enough.
  @inlinable static var hasReachedMark: UInt32 { 1 << 31 }

  /// Under the lock, when the process has caught up with what was sent: from now on a full mailbox is logged again.
  @inlinable @inline(__always) final func caughtUp() { highWaterMark &= ~Self.hasReachedMark }

  final var shownName: String? {
    get { nameText?.text }
    set { nameText = newValue.map { NameText($0) } }
  }

  private final class NameText {
    let text: String

    init(_ text: String) { self.text = text }
  }

  deinit {
    activationReference.load(ordering: .relaxed)?.release()
    heldRelations?.release()
    // Only a process that stands for one elsewhere can go away without having ended.
    _ = observers.removeAll()
  }

  /// The additional state of a process with async handlers.
  final var activation: Activation? { activationReference.load(ordering: .acquiring)?.takeUnretainedValue() }

  /// The activation for the hot path, without the retain of a reference: it lives as long as the process does.
  @inline(__always) final var activationUnretained: Unmanaged<Activation>? {
    activationReference.load(ordering: .acquiring)
  }

  /// Called by the holder of the run right.
  @inline(never) final func makeActivation() -> Activation {
    let new = Activation()
    // This is an exchange and not a store: the retain could move behind a store, and the object be freed under its
    // reader.
    _ = activationReference.exchange(Unmanaged.passRetained(new), ordering: .acquiringAndReleasing)
    return new
  }

  // The run right.

  /// The state of the thread before a lent run, and the run's ticket.
  @usableFromInline struct Lease {
    let previous: UnsafeMutableRawPointer?
    let ticket: UInt32
    /// Whether a `Task { }` that the caller's task starts would belong to the process's runtime.
    @usableFromInline let isAtHome: Bool
  }

  /// Takes the run right of an idle process that lends, for a caller. The nesting on one thread is bounded.
  @usableFromInline final func borrow(for node: ReplyNode) -> Lease? {
    guard gs_thread_may_lend(16),
      takes(by: .borrowing) || borrowSoon()
    else { return nil }
    let previous = gs_thread_swap_current(Unmanaged.passUnretained(self).toOpaque())
    let ticket = gs_thread_begin_run()
    let place = Ambient.placeOfIdentity
    node.lender = place.flatMap { Ambient.process(at: $0) }
    Watchdog.runBegins()
    return Lease(
      previous: previous, ticket: ticket, isAtHome: Ambient.isAtHome(with: self, identityAt: place))
  }

  /// Waits a moment while another caller runs a plain handler that has proved fast, which costs less than queueing. It
  /// does not wait when anything lies in the mailbox, which may be this caller's own cast.
  @inline(never) private final func borrowSoon() -> Bool {
    if lending == .asked { return borrowIfAllowed() }
    guard lends, kind.call.load(ordering: .relaxed) == HandlerMode.plain else { return false }
    for _ in 0..<12 {
      gs_pause()
      let seen = RunRight(rawValue: word.load(ordering: .relaxed))
      if seen == .idle {
        if takes(by: .borrowing) { return true }
      } else if seen != .running {
        return false
      }
    }
    return false
  }

  /// Ends a lent run. Messages that came meanwhile go to the scheduler together with the run right, so that a caller
  /// pays for its own request alone.
  @usableFromInline final func giveBack(_ lease: Lease) {
    _ = gs_thread_swap_current(lease.previous)
    if gs_thread_end_run(lease.ticket) { stopsLending() }
    let step = RunRight.Exchange.lettingGo(to: idleNow)
    let (isGone, _) = word.compareExchange(
      expected: step.expected.rawValue, desired: step.desired.rawValue, ordering: .releasing)
    if !isGone {
      if runtime.has(.sleepingQueue) { return word.store(step.desired.rawValue, ordering: .releasing) }
      submit()
    }
  }

  /// Ends a lent run whose run right stays elsewhere: with an activation, or with the process's end.
  @usableFromInline final func leave(_ lease: Lease) {
    _ = gs_thread_swap_current(lease.previous)
    guard gs_thread_end_run(lease.ticket) else { return }
    stopsLending()
    let step = RunRight.Exchange.ceasingToLend(to: idleNow)
    _ = word.compareExchange(
      expected: step.expected.rawValue, desired: step.desired.rawValue, ordering: .relaxed)
  }

  /// Lets go of the run right; false if something has come, which the holder must look at.
  @usableFromInline final func release() -> Bool { makes(.lettingGo(to: idleNow)) }

  /// The word that letting go leaves.
  private final var idleNow: RunRight { RunRight(rawValue: idleWord.load(ordering: .relaxed)) }

  /// Makes a step that takes the run right, if it is possible.
  @inline(__always) final func takes(by step: RunRight.Exchange) -> Bool {
    word.compareExchange(
      expected: step.expected.rawValue, desired: step.desired.rawValue, ordering: .acquiring
    ).exchanged
  }

  /// Makes any step, if it is possible.
  @inline(__always) final func makes(_ step: RunRight.Exchange) -> Bool {
    word.compareExchange(
      expected: step.expected.rawValue, desired: step.desired.rawValue, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Called before the holder looks at the mailbox: what comes from now on sets the mark again.
  @usableFromInline final func clearMore() {
    // A sender that sets the mark after this check has put its message where the next look at the mailbox finds it, or
    // comes later still, and then the mark stays.
    if hasMore { _ = word.bitwiseAnd(~RunRight.more.rawValue, ordering: .acquiringAndReleasing) }
  }

  /// Marks the process as having more to do although nothing new came.
  @usableFromInline final func setMore() {
    _ = word.bitwiseOr(RunRight.more.rawValue, ordering: .acquiringAndReleasing)
  }

  final func takeIdle() -> Bool { takes(by: .borrowing) || takes(by: .takingUnlent) }

  /// Called under the lock by the sender that put the first message in: outside of the lock a second sender's call
  /// could overtake its own cast. Returns true if the sender now has the run right, and has to hand it to the
  /// scheduler.
  @usableFromInline final func kick() -> Bool {
    if runtime.has(.lostWakeUp), !isWaiting { return false }
    return mark(RunRight.messageMarks)
  }

  /// Called under the lock by a timer whose time has come. Returns whether the timer still counts, and whether it now
  /// has the run right, which it hands to the scheduler in any case. The run right is taken first: whoever learns that
  /// the timer is over can no longer make a call that overtakes the message.
  final func isSent(by timer: OwnedTimer, leavesMessage: Bool = true) -> (sends: Bool, wakes: Bool) {
    let wakes = kick()
    return (timer.claims(leavesMessage: leavesMessage), wakes)
  }

  /// Sets the marks. Returns true if the caller now has the run right.
  private final func mark(_ marks: RunRight) -> Bool {
    var seen = word.load(ordering: .relaxed)
    while true {
      let step = RunRight(rawValue: seen).marking(marks)
      guard let next = step.next else { return false }
      let (exchanged, original) = word.compareExchange(
        expected: seen, desired: next.rawValue, ordering: .acquiringAndReleasing)
      if exchanged { return step.takesRunRight }
      seen = original
    }
  }

  /// Makes this the process whose plain handlers run on this thread from now on; returns the one before.
  @usableFromInline final func enterThread() -> UnsafeMutableRawPointer? {
    gs_thread_swap_current(Unmanaged.passUnretained(self).toOpaque())
  }

  @usableFromInline final func leaveThread(_ previous: UnsafeMutableRawPointer?) {
    _ = gs_thread_swap_current(previous)
  }

  @usableFromInline final func cancelTimer(_ entry: any TimerEntry) { runtime.timeSource.cancel(entry) }

  package static var messagesPerTurn: Int { 1024 }

  /// How many messages may be handled before the process lets others run.
  @usableFromInline final var turnLength: Int {
    runtime.isSimulation ? runtime.scheduler.messagesInTurn(of: self) : Self.messagesPerTurn
  }

  @usableFromInline final func submit() {
    if !Worker.ofThread(takes: self, for: runtime.crewIdentity) { runtime.scheduler.submit(self) }
  }
  @usableFromInline final func submitBehind() { runtime.scheduler.submitBehind(self) }

  /// Called by the scheduler, which hands the run right over with the process. It binds the process's runtime, so that
  /// a `Task { }` of a plain handler belongs to it: a thread without a task could hand on only the default runtime.
  package final func takeTurn() {
    if isInDefaultRuntime { return kind.drive(self) }
    takeTurnAbroad()
  }

  @inline(never) private final func takeTurnAbroad() { Ambient.withRuntime(runtime) { kind.drive(self) } }

  /// Drops the message of a watch that has been ended, if it lies in the mailbox. Called by the process itself.
  func dropMessage(of monitor: ProcessMonitor) {}

  /// Drops a message whose sender has given up. It lies at `place`, or somewhere in a mailbox without a bound.
  func takeBack(_ place: (any MailboxPlace)?) {}

  // The state that a handler and others see.

  /// Whether something came since the mailbox was looked at.
  @usableFromInline final var hasMore: Bool { RunRight(rawValue: word.load(ordering: .relaxed)).has(.more) }

  @usableFromInline final var isExiting: Bool { RunRight(rawValue: word.load(ordering: .relaxed)).has(.exiting) }
  /// Whether the end has begun, or will when the handler that runs has returned.
  final var isDoomed: Bool { RunRight(rawValue: word.load(ordering: .acquiring)).isDoomed }
  package final var isAlive: Bool { !RunRight(rawValue: word.load(ordering: .acquiring)).has(.dead) }

  /// Whether nothing lies in the mailbox and no handler runs.
  package var isIdle: Bool { !RunRight(rawValue: word.load(ordering: .acquiring)).isHeld }

  /// Whether the process has nothing to do until a message comes; it may have something to do again by the time this is
  /// read.
  var isWaiting: Bool { !RunRight(rawValue: word.load(ordering: .relaxed)).isHeld }

  /// The place in the source where the process was started, if that is known.
  var origin: String? { nil }

  /// Whether an async handler waits for something outside.
  package var isSuspended: Bool { activation?.isSuspended ?? false }

  @usableFromInline final func handles(_ node: ReplyNode) {
    handledDeadline.store(node.deadline, ordering: .relaxed)
  }

  @usableFromInline final func handlesNoCall() { handledDeadline.store(0, ordering: .relaxed) }

  /// The instant at which the caller of the call being handled stops waiting, `.max` for never; nil outside a call.
  package final var currentDeadline: Int64? {
    let deadline = handledDeadline.load(ordering: .relaxed)
    if deadline >= 0 { return deadline == 0 ? nil : deadline }
    // A lent caller has not read the clock. The first question for the deadline does, and the answer stays.
    let instant = Timeout.deadline(after: -deadline, in: runtime)
    _ = handledDeadline.compareExchange(expected: deadline, desired: instant, ordering: .relaxed)
    return instant
  }

  /// Called by a lent caller that has begun to wait: from now on the deadline that the handler sees stays the same.
  final func anchorDeadline(_ granted: Int64, at instant: Int64) {
    guard granted < 0 else { return }
    _ = handledDeadline.compareExchange(expected: granted, desired: instant, ordering: .relaxed)
  }

  @usableFromInline final func skippedAbandoned() { abandonedCount.wrappingAdd(1, ordering: .relaxed) }

  package final var abandonedRequests: UInt32 { abandonedCount.load(ordering: .relaxed) }

  package final var title: String {
    let (name, isPlain) = lock.withLock { (shownName, hasPlainName) }
    guard let name else { return "\(kind.typeName) \(number)" }
    return isPlain ? "\(kind.typeName) \"\(name)\" \(number)" : "\(kind.typeName) \(name) \(number)"
  }

  /// Gives up spare memory; when the process wakes, it looks for idle times again. Called with the run right.
  func giveUpMemory(lookingAgain interval: Int64) {}

  // Exit signals.

  /// Ends the process even if it traps exits. Of several reasons the first counts.
  package final func signalExit(_ reason: ExitReason) {
    lock.lock()
    guard !isClosed, exitReason == nil else { return lock.unlock() }
    endUnderLock(reason)
  }

  /// Ends the process, and lets go of the lock. The scheduler runs an idle process to its end; the handler of a running
  /// one is cancelled, and the process ends when the handler has returned.
  final func endUnderLock(_ reason: ExitReason) {
    exitReason = reason
    let tookRunRight = mark(RunRight.exitMarks)
    let task = activation?.task
    lock.unlock()
    tell(.isToldToExit(reason))
    if tookRunRight { return submit() }
    task?.cancel()
    wasToldToExit()
    ExitWarning.watch(self)
  }

  /// Called after an exit signal that ends the process, while its handler or its body runs.
  func wasToldToExit() {}

  /// Puts a request of the system into the mailbox; false if the process has ended.
  final func post(_ message: SystemMessage) -> Bool {
    lock.lock()
    return kind.postUnderLock(self, message)
  }

  // Observers.

  /// Puts the observer on the list, or returns the reason if the process has ended.
  final func addObserver(_ observer: ExitObserver) -> ExitReason? {
    lock.lock()
    if isOver {
      defer { lock.unlock() }
      return exitReason ?? .normal
    }
    let isFirst = observers.isEmpty
    observers.append(observer)
    lock.unlock()
    if isFirst { kind.connection?.signal(.observersChanged, to: self) }
    return nil
  }

  /// Takes the observer off the list; false if it is not on it.
  @discardableResult final func removeObserver(_ observer: ExitObserver) -> Bool {
    lock.lock()
    let isRemoved = observers.remove(observer)
    let isLast = isRemoved && observers.isEmpty
    lock.unlock()
    if isLast { kind.connection?.signal(.observersChanged, to: self) }
    return isRemoved
  }

  /// Waits for the end of the process. In a handler the wait also ends when the server itself is told to exit, as the
  /// server could not end otherwise. A wait that would never end fails at once: that of a process for its own end, and
  /// one that closes a circle.
  nonisolated(nonsending) final func waitForExit() async -> Result<ExitReason, CallError> {
    let own = ProcessCore.ownProcess
    if own === self, isAlive { return .failure(.callingSelf()) }
    switch await waitForExit(as: own, shielded: own == nil) {
    case .exited(let reason): return .success(reason)
    case .failed(let error) where error != .cancelled(): return .failure(error)
    default: break
    }
    if let own, own.isExiting { return .success(own.finalReason(.killed)) }
    // Only the task of a `withProcess` was cancelled, and that does not end the wait.
    switch await waitForExit(as: own, shielded: true) {
    case .exited(let reason): return .success(reason)
    case .failed(let error): return .failure(error)
    default: return .success(finalReason(.killed))
    }
  }

  private nonisolated(nonsending) final func waitForExit(as own: ProcessCore?, shielded: Bool) async -> Waiter.Outcome {
    let waiter = Waiter(on: self, caller: own, waitsAsProcess: own != nil)
    if let circle = WaitGraph.shared.mark(waiter) { return .failed(.deadlock(circle)) }
    defer { WaitGraph.shared.unmark(waiter) }
    if let reason = addObserver(waiter) { return .exited(reason) }
    return await waiter.wait(until: .max, shielded: shielded)
  }

  /// Waits for the end as `waitForExit` does. An error that says who waits, and where in the source, becomes the
  /// reason.
  nonisolated(nonsending) final func reasonOfExit(_ site: CallSite) async -> ExitReason {
    switch await waitForExit() {
    case .success(let reason): return reason
    case .failure(let error):
      let details = CallDetails(server: CalledServer(self), verb: "waitForExit", request: .none, site: site)
      return .failure(error.with(details))
    }
  }

  // Death.

  /// The reason for which the process ends if it would end for `reason` now: an exit signal came first.
  @usableFromInline final func finalReason(_ reason: ExitReason) -> ExitReason {
    lock.withLock { exitReason ?? reason }
  }

  /// The number of observers that are taken off the list before the lock is let go.
  private static var observersAtOnce: Int { 64 }

  /// Ends the process. Called by the holder of the run right, which is never let go again. What the server held is
  /// gone, and its names are free, before anyone hears of the end.
  ///
  /// A last answer is sent when the process counts as ended, and before anybody else hears of the end: whoever gets it
  /// can start a successor at once. A last answer that an exit signal has overtaken is taken back.
  @usableFromInline final func die(_ reason: ExitReason, answering reply: ReplyNode? = nil) {
    _ = word.bitwiseOr(RunRight.ending.rawValue, ordering: .acquiringAndReleasing)
    lock.lock()
    isClosed = true
    let isOvertaken = exitReason != nil
    let final = exitReason ?? reason
    exitReason = final
    activation?.task = nil
    let timers = withRelations { $0.timers }
    let tasks = withRelations { $0.particulars?.tasks.removeAll() }
    let names = heldNamesUnderLock()
    let hasRequests = withRelations { !$0.requests.isEmpty } ?? false
    let hasStorage = withRelations { $0.particulars?.storage != nil } ?? false
    let logLimiter = withRelations { $0.particulars?.logLimiter }
    lock.unlock()
    if let logLimiter { logLeftOut(by: logLimiter) }
    timers?.close()
    if let tasks { for task in tasks { task.cancel() } }
    kind.dropContents(self)
    if hasStorage { dropStorage() }
    if !runtime.has(.downBeforeName) { release(names) }
    // From now on the table shows the process only to callers that ask for processes still telling of their end.
    _ = word.bitwiseOr(RunRight.dead.rawValue, ordering: .acquiringAndReleasing)
    tell(.ends(final))
    if hasRequests { giveUpRequests() }
    if isOvertaken { reply?.reopen() } else { reply?.publish() }
    lock.lock()
    isOver = true
    var observers = self.observers.popFirst(Self.observersAtOnce)
    let relations = heldRelations
    heldRelations = nil
    lock.unlock()
    relations?.takeRetainedValue().end(of: self, final)
    while true {
      for observer in observers { observer.processEnded(final) }
      if observers.count < Self.observersAtOnce { break }
      observers = lock.withLock { self.observers.popFirst(Self.observersAtOnce) }
    }
    runtime.withTable { $0.remove(number) }
    if runtime.has(.downBeforeName) { _ = runtime.timers.start(.afterNanoseconds(0)) { [self] in release(names) } }
  }

  /// Makes a process that was never started, to stand in where one is asked for.
  static func absent(
    type: String, name: NamedAddress?, in runtime: Runtime, reason: ExitReason = .noProcess
  ) -> ProcessCore {
    let process = ProcessCore(.absent(type), ProcessOptions(), runtime: runtime)
    if let name { process.showName(name) }
    process.isClosed = true
    process.isOver = true
    process.exitReason = reason
    process.word.store(RunRight.running.with(.dead).rawValue, ordering: .releasing)
    return process
  }
}
