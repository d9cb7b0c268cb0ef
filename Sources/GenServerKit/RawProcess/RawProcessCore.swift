internal import Logging
internal import Synchronization

/// The process behind a `RawProcess`: a mailbox, and a task that runs the body and keeps the run right until its end.
final class RawProcessCore: ProcessCore, @unchecked Sendable {
  // Unchecked: inherited; `inbox` and `receiver` are touched under the lock, `saved` by the process's own task alone.
  private var inbox = MessageBuffer<RawMessage>()
  /// The waiter for the next message.
  private var receiver: Waiter?

  /// The messages that were taken out of the inbox and that no `receive` has wanted so far, in order.
  private var saved = MessageBuffer<RawMessage>()
  /// The number of saved messages, for other threads.
  private let savedCount = Atomic<Int>(0)

  private var body: ((RawProcess) async throws -> Void)?
  // In this order they fill one word and a half.
  private let site: SpawnSite
  /// Whether `withProcess` made the process of a task, which does other things as well.
  private let isTask: Bool
  /// Under the lock: whether the wait for a message is over, and the task has not gone on yet.
  private var isWoken = false
  /// What that task was before, and will be again.
  let outer: ProcessCore?

  static let kind = ProcessKind(
    typeName: "process",
    drive: { $0.activate() },
    activate: { await unsafeDowncast($0, to: RawProcessCore.self).run() },
    dropContents: { unsafeDowncast($0, to: RawProcessCore.self).dropContents() },
    deliver: { process, value, _, timer in
      let process = unsafeDowncast(process, to: RawProcessCore.self)
      return timer.map { process.enqueue(value, by: $0) } ?? process.enqueue(RawMessage(value))
    },
    postUnderLock: { unsafeDowncast($0, to: RawProcessCore.self).postUnderLock($1) },
    waitingCount: { unsafeDowncast($0, to: RawProcessCore.self).waitingCount },
    end: { $0.die($1) })

  init(
    in runtime: Runtime, isTask: Bool = false, outer: ProcessCore? = nil, at site: SpawnSite = .unknown,
    body: sending ((RawProcess) async throws -> Void)? = nil
  ) {
    self.body = body
    self.isTask = isTask
    self.outer = outer
    self.site = site
    super.init(Self.kind, ProcessOptions(), runtime: runtime)
  }

  // Senders.

  @discardableResult func enqueue(_ message: RawMessage) -> Delivery {
    lock.lock()
    return enqueueUnderLock(message)
  }

  /// Puts in the message of a timer whose time has come, unless the timer was cancelled meanwhile.
  @discardableResult func enqueue(_ value: any Sendable, by timer: OwnedTimer) -> Delivery {
    let message = RawMessage(value, timer.nextTick)
    lock.lock()
    if isClosed || !timer.claims() {
      lock.unlock()
      return .noProcess
    }
    return enqueueUnderLock(message)
  }

  /// Puts the message in, and lets go of the lock.
  private func enqueueUnderLock(_ message: RawMessage) -> Delivery {
    if isClosed {
      lock.unlock()
      return .noProcess
    }
    if runtime.has(.overtaking) { inbox.prepend(message) } else { inbox.append(message) }
    let count = inbox.count
    let isHigh = count > Int(highWaterMark)
    if isHigh { highWaterMark |= Self.hasReachedMark }
    let receiver = takeReceiver()
    lock.unlock()
    receiver?.resolve(.admitted)
    if isHigh { logHighWater(count) }
    return .enqueued
  }

  private func postUnderLock(_ message: SystemMessage) -> Bool {
    switch message {
    case .stop(let reason):
      lock.unlock()
      signalExit(reason)
      return isAlive
    case .idleCheck, .answer, .perform:
      lock.unlock()
      return false
    case .down where message.isVoid:
      lock.unlock()
      return false
    case .down(let monitor, let reason):
      return enqueueUnderLock(RawMessage(monitor.down(reason), tellingOf: monitor)) == .enqueued
    case .exit(let pid, let reason, _):
      return enqueueUnderLock(RawMessage(Exit(pid: pid, reason: reason))) == .enqueued
    }
  }

  override func wasToldToExit() {
    let receiver = lock.withLock { takeReceiver() }
    receiver?.resolve(.failed(.cancelled()))
  }

  /// Under the lock, by who ends its wait.
  private func takeReceiver() -> Waiter? {
    guard let receiver else { return nil }
    self.receiver = nil
    isWoken = true
    return receiver
  }

  /// By the process itself, which goes on after a wait.
  private func goesOn(after waiter: Waiter) {
    lock.withLock {
      if receiver === waiter { receiver = nil }
      isWoken = false
    }
  }

  /// One that waits in `receive` has nothing to do, unless the wait is over and the task has not gone on yet.
  override var isIdle: Bool {
    if isTask { return isAlive }
    let isWaiting = lock.withLock { receiver.map { !$0.isOver } }
    return isWaiting ?? super.isIdle
  }

  override var isSuspended: Bool { super.isSuspended && lock.withLock { receiver.map { !$0.isOver } ?? !isWoken } }

  override var isWaiting: Bool { lock.withLock { receiver != nil } }

  /// Whether it waits for a message with this limit.
  func receives(as entry: any TimerEntry) -> Bool { lock.withLock { receiver === entry } }

  override var origin: String? { site.text }

  private var waitingCount: Int { lock.withLock { inbox.count } + savedCount.load(ordering: .relaxed) }

  // The process.

  private func run() async {
    let reason: ExitReason = isExiting ? .killed : await runBody()
    endActivation()
    finish(reason)
  }

  /// This is a function of its own, so that what the body holds is gone when it returns, before anybody hears of the
  /// end.
  private func runBody() async -> ExitReason {
    guard let body else { return .normal }
    self.body = nil
    do { try await body(RawProcess(self)) } catch { return ExitReason(thrown: error) }
    return .normal
  }

  /// Ends the process when the body has returned or thrown.
  func finish(_ reason: ExitReason) {
    let reason = finalReason(reason)
    if !reason.isClean, !isExiting { logCrash(reason) }
    leaveStarter(endingWith: reason)
    die(reason)
  }

  private func dropContents() {
    lock.lock()
    var rest = MessageBuffer<RawMessage>()
    swap(&rest, &inbox)
    lock.unlock()
    rest.removeAll()
    saved.removeAll()
    savedCount.store(0, ordering: .relaxed)
    body = nil
  }

  override func dropMessage(of monitor: ProcessMonitor) {
    if saved.removeOnly(where: { $0.monitor === monitor }) != nil {
      savedCount.store(saved.count, ordering: .relaxed)
      return
    }
    let message = lock.withLock { inbox.removeOnly { $0.monitor === monitor } }
    withExtendedLifetime(message) {}
  }

  // Receive.

  /// Gives up spare memory, and returns when there is a message.
  nonisolated(nonsending) func hibernate() async throws(ExitReason) {
    while true {
      if isExiting || !isAlive { throw finalReason(.killed) }
      collect()
      dropVoidMessages()
      if !saved.isEmpty { return }
      saved.releaseStorage()
      lock.withLock { inbox.releaseStorage() }
      let waiter = Waiter(in: runtime)
      guard wait(as: waiter) else { continue }
      let outcome = await waiter.wait(until: .max)
      goesOn(after: waiter)
      if case .failed(.cancelled) = outcome, !isExiting { throw .failure(CancellationError()) }
    }
  }

  /// The messages in the mailbox. Called by the process itself.
  var waitingMessages: [any Sendable] {
    collect()
    dropVoidMessages()
    var messages: [any Sendable] = []
    saved.visit { messages.append($0.value) }
    return messages
  }

  /// Drops the messages of watches that have been ended, and of timers that were cancelled.
  private func dropVoidMessages() {
    while saved.removeFirst(where: { $0.isVoid }) != nil {}
    savedCount.store(saved.count, ordering: .relaxed)
  }

  /// Takes the first message that `isWanted` accepts, or waits for one. Returns nil when the time is up.
  nonisolated(nonsending) func receive(
    until deadline: Int64, where answer: (RawMessage) -> RawMessage.Answer
  ) async throws(ExitReason) -> (any Sendable)? {
    var looked = 0
    var passed = PassedTypes()
    while true {
      if isExiting || !isAlive { throw finalReason(.killed) }
      collect()
      if let message = take(from: looked, &passed, where: answer) {
        if runtime.isTold { tellOfReceiving(message) }
        return message.value
      }
      looked = saved.count
      if deadline != .max, deadline <= runtime.now() { return nil }
      let waiter = Waiter(in: runtime)
      guard wait(as: waiter) else { continue }
      tell(.receives)
      let outcome = await waiter.wait(until: deadline)
      goesOn(after: waiter)
      if case .failed(.cancelled) = outcome, !isExiting { throw .failure(CancellationError()) }
    }
  }

  /// Up to so many messages are moved under the lock. When there are more, the whole buffer is taken, and they are
  /// moved while no sender waits.
  private static let movedUnderLock = 16

  /// Moves the messages that have come behind those that are saved.
  private func collect() {
    var many = MessageBuffer<RawMessage>()
    lock.lock()
    if saved.isEmpty {
      if inbox.count <= 1 { caughtUp() }
      swap(&saved, &inbox)
    } else if inbox.count <= Self.movedUnderLock {
      while !inbox.isEmpty { saved.append(inbox.removeFirst()) }
    } else {
      swap(&many, &inbox)
    }
    lock.unlock()
    while !many.isEmpty { saved.append(many.removeFirst()) }
    many.removeAll()
    savedCount.store(saved.count, ordering: .relaxed)
  }

  private func take(
    from start: Int, _ passed: inout PassedTypes, where answer: (RawMessage) -> RawMessage.Answer
  ) -> RawMessage? {
    func isWanted(_ message: borrowing RawMessage) -> Bool {
      if passed.contains(message.type) { return false }
      let message = copy message
      if message.isVoid { return true }
      switch answer(message) {
      case .wanted: return true
      case .unwanted: return false
      case .neverWanted:
        passed.insert(message.type)
        return false
      }
    }
    while let message = saved.removeFirst(from: start, where: isWanted) {
      savedCount.store(saved.count, ordering: .relaxed)
      // Since the check the watch may have been ended, or the timer cancelled.
      if !message.isDelivered() { continue }
      return message
    }
    return nil
  }

  /// A function of its own, for the sake of the loop that looks for messages.
  @inline(never) private func tellOfReceiving(_ message: RawMessage) {
    tell(.handles(MessageText.describe(message.value, limit: runtime.reportLimits.request)))
  }

  /// Registers the waiter; false if there is something to look at first.
  private func wait(as waiter: Waiter) -> Bool {
    lock.withLock {
      guard inbox.isEmpty, !isExiting else { return false }
      receiver = waiter
      return true
    }
  }
}
