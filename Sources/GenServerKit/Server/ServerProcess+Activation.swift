public import Synchronization

// The loop inside an activation, which hands the messages to plain and async handlers alike.
extension ServerProcess {
  @inlinable nonisolated(nonsending) func run() async {
    // This is kept short: what is live across an await fits into the task's first piece of memory only if it is little.
    if duty != nil { guard await performDutyInTask() else { return } }
    var budget = takeBudget()
    while true {
      if isExiting {
        endActivation()
        return endByExit()
      }
      if isFlagged || budget == 0 && (step != nil || !batch.isEmpty || hasMore) {
        endActivation()
        return submitBehind()
      }
      if step != nil {
        guard await handleStepsInTask() == .goOn else { return }
        continue
      }
      if batch.isEmpty { refill() }
      while !batch.isEmpty, budget > 0 {
        budget -= 1
        guard await handleFirstInTask() == .goOn else { return }
        if isExiting || step != nil || isFlagged { break }
      }
      if step != nil || !batch.isEmpty || hasMore || isExiting || isFlagged { continue }
      endActivation()
      // Messages that came in between wait for another turn: this task is no longer the process's.
      if !release() { submit() }
      return
    }
  }

  /// How many messages the activation may handle: one on a lent thread, so that a caller pays for its own request
  /// alone.
  @inlinable func takeBudget() -> Int {
    guard isLent else { return turnLength }
    isLent = false
    return 1
  }

  /// Runs `initialize` or `terminate`. Returns false if the process has ended.
  @inlinable @inline(never) nonisolated(nonsending) func performDutyInTask() async -> Bool {
    switch duty {
    case nil, .wake?: return true
    case .terminate(let request)?:
      begins(.terminate, before: batch.count)
      await terminate(request)
      return false
    case .initialize(let argument, let starter)?:
      duty = nil
      begins(.initialize, before: 0)
      nonisolated(unsafe) let argument = argument
      return await initialize(argument, starter)
    }
  }

  /// Handles the first message of the batch, by either kind of handler.
  ///
  /// Messages are taken out by plain functions, and each kind of message has an async function of its own: the frame of
  /// an activation should be small, and an envelope in it would end up there as four copies.
  @inlinable @inline(__always) nonisolated(nonsending) func handleFirstInTask() async -> Verdict {
    switch kindOfFirst {
    case .call: await handleCallInTask()
    case .cast: await handleCastInTask()
    case .info: await handleInfoInTask()
    case .plain: handleFirstOnThread()
    }
  }

  @usableFromInline enum FirstMessage {
    case call, cast, info, plain
  }

  /// The kind of async handler that the first message needs, if any.
  @inlinable @inline(never) var kindOfFirst: FirstMessage {
    switch batch.first.pointee {
    case .call: kind.call.load(ordering: .relaxed) == HandlerMode.async ? .call : .plain
    case .cast: kind.cast.load(ordering: .relaxed) == HandlerMode.async ? .cast : .plain
    case .info: kind.info.load(ordering: .relaxed) == HandlerMode.async ? .info : .plain
    case .foreign: .plain
    case .system: .plain
    }
  }

  @inlinable @inline(never) func handleFirstOnThread() -> Verdict {
    begins(.unknown, before: batch.count - 1)
    return onThread { handle(batch.removeFirst()) }
  }

  /// Runs a plain handler with the thread's record set, as everywhere. If the handler turns out to be async, its
  /// message lies in the batch again, and this activation goes on with it.
  @inlinable @inline(never) func onThread(_ handle: () -> Verdict) -> Verdict {
    let previous = enterThread()
    defer { leaveThread(previous) }
    let verdict = handle()
    return verdict == .needsTask ? .goOn : verdict
  }

  @inlinable @inline(never) func takeCall() -> (request: Server.Call, node: ReplyNode)? {
    switch batch.removeFirst() {
    case .call(let request, let node): skips(node) ? nil : (request, node)
    case .cast: nil
    case .info: nil
    case .foreign: nil
    case .system: nil
    }
  }

  @inlinable @inline(never) nonisolated(nonsending) func handleCallInTask() async -> Verdict {
    guard let (request, node) = takeCall() else { return .goOn }
    prepare(for: request)
    begins(.call, before: batch.count)
    handles(node)
    CurrentThread.nextRun()
    let start = isEarning ? clock() : 0
    do {
      var next = try await server!.handleCall(request, context: ServerContext(self))
      if start != 0 { earn(after: heldThread(since: start)) }
      handlesNoCall()
      return conclude(&next, node, request)
    } catch {
      return crashed(error, request, node)
    }
  }

  @inlinable @inline(never) func takeCast() -> Server.Cast? {
    switch batch.removeFirst() {
    case .cast(let cast, let attachment): isWithdrawn(attachment) ? nil : cast
    case .call: nil
    case .info: nil
    case .foreign: nil
    case .system: nil
    }
  }

  @inlinable @inline(never) nonisolated(nonsending) func handleCastInTask() async -> Verdict {
    guard let cast = takeCast() else { return .goOn }
    prepare(for: cast)
    begins(.cast, before: batch.count)
    do {
      var next = try await server!.handleCast(cast, context: ServerContext(self))
      return conclude(&next, cast)
    } catch {
      return crashed(error, cast)
    }
  }

  @inlinable @inline(never) func takeInfo() -> Server.Info? {
    switch batch.removeFirst() {
    case .info(let info, let attachment): isWithdrawn(attachment) ? nil : info
    case .call: nil
    case .cast: nil
    case .foreign: nil
    case .system: nil
    }
  }

  @inlinable @inline(never) nonisolated(nonsending) func handleInfoInTask() async -> Verdict {
    guard let info = takeInfo() else { return .goOn }
    prepare(for: info)
    begins(.info, before: batch.count)
    do {
      var next = try await server!.handleInfo(info, context: ServerContext(self))
      return conclude(&next, info)
    } catch {
      return crashed(error, info)
    }
  }

  @inlinable @inline(never) nonisolated(nonsending) func handleStepsInTask() async -> Verdict {
    if kind.step.load(ordering: .relaxed) != HandlerMode.async {
      begins(.unknown, before: batch.count)
      let verdict = onThread { handleSteps() }
      if verdict != .goOn || step == nil || isExiting { return verdict }
    }
    while let current = step {
      step = nil
      begins(.step, before: batch.count)
      if let idle, idle.isTold { tellOfHandling(current.value) }
      // A step need not be `Sendable`, since it goes to this one handler.
      nonisolated(unsafe) let handed = current.value
      do {
        var next = try await server!.handleContinue(handed, context: ServerContext(self))
        let verdict = conclude(&next, Never?.none)
        if verdict != .goOn { return verdict }
        if isExiting { return .goOn }
      } catch {
        return crashed(error, Never?.none)
      }
    }
    return .goOn
  }

  /// `terminate`, and then the end. What it throws becomes the reason; the report names the first cause as well.
  @inlinable @inline(never) nonisolated(nonsending) func terminate(_ request: EndRequest) async {
    handlesNoCall()
    // A kill may have come while this waited for a thread.
    if !isExiting {
      do {
        try await server!.terminate(request.reason, context: ServerContext(self))
      } catch {
        request.failure = ExitReason(thrown: error)
      }
    }
    endActivation()
    finish(request)
  }
}
