public import Synchronization

// The loop inside an activation: the same messages, by either kind of handler.
extension ServerProcess {
  @inlinable nonisolated(nonsending) func run() async {
    // Kept short: what is live across an await lies in the task's first piece of memory only if it is little.
    if duty != nil { guard await performDutyInTask() else { return } }
    var budget = takeBudget()
    while true {
      if isExiting {
        endActivation()
        return endByExit()
      }
      if budget == 0, step != nil || !batch.isEmpty || hasMore {
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
        guard await handleInTask(batch.removeFirst()) == .goOn else { return }
        if isExiting || step != nil { break }
      }
      if step != nil || !batch.isEmpty || hasMore || isExiting { continue }
      endActivation()
      // What came in between is for another turn: this task is the process's no longer.
      if !release() { submit() }
      return
    }
  }

  /// How many messages the activation may handle: one on a lent thread, so that a caller pays for its own request alone.
  @inlinable func takeBudget() -> Int {
    guard isLent else { return Self.messagesPerTurn }
    isLent = false
    return 1
  }

  /// `initialize` or `terminate`. False if the process has ended.
  @inlinable @inline(never) nonisolated(nonsending) func performDutyInTask() async -> Bool {
    switch duty {
    case nil: return true
    case .terminate(let request)?:
      await terminate(request)
      return false
    case .initialize(let argument, let starter)?:
      duty = nil
      nonisolated(unsafe) let argument = argument
      return await initialize(argument, starter)
    }
  }

  /// One message by either kind of handler.
  @inlinable @inline(__always)
  nonisolated(nonsending)
    func handleInTask(_ envelope: consuming Envelope<Server>) async -> Verdict
  {
    switch consume envelope {
    case .call(let request, let node):
      if kind.call.load(ordering: .relaxed) == HandlerMode.async { return await handleInTask(request, node) }
      return onThread { handle(request, node) }
    case .cast(let cast, let attachment):
      if kind.cast.load(ordering: .relaxed) == HandlerMode.async { return await handleInTask(cast, attachment) }
      return onThread { handle(cast, attachment) }
    case .info(let info, let attachment):
      if kind.info.load(ordering: .relaxed) == HandlerMode.async { return await handleInTask(info) }
      return onThread { handle(info, attachment) }
    case .foreign(let message): return onThread { handle(message) }
    case .system(let message): return onThread { handle(message) }
    }
  }

  /// A plain handler runs with the thread's record set, as everywhere. If it turns out to be async, its message lies in
  /// the batch again, and this activation goes on with it.
  @inlinable @inline(never) func onThread(_ handle: () -> Verdict) -> Verdict {
    let previous = enterThread()
    defer { leaveThread(previous) }
    let verdict = handle()
    return verdict == .needsTask ? .goOn : verdict
  }

  @inlinable @inline(__always)
  nonisolated(nonsending)
    func handleInTask(_ request: Server.Call, _ node: ReplyNode) async -> Verdict
  {
    if skips(node) { return .goOn }
    idle?.clear()
    handles(node)
    let start = isEarning ? clock() : 0
    do {
      var next = try await server!.handleCall(request, context: ServerContext(self))
      if start != 0 { earn(after: heldThread(since: start)) }
      handlesNoCall()
      return conclude(&next, node, request)
    } catch {
      return end(EndRequest(ExitReason(thrown: error), message: request))
    }
  }

  @inlinable @inline(__always)
  nonisolated(nonsending)
    func handleInTask(
      _ cast: Server.Cast, _ attachment: MessageAttachment?
    ) async -> Verdict
  {
    if let attachment, attachment.isWithdrawn { return .goOn }
    idle?.clear()
    do {
      var next = try await server!.handleCast(cast, context: ServerContext(self))
      return conclude(&next, cast)
    } catch {
      return end(EndRequest(ExitReason(thrown: error), message: cast))
    }
  }

  @inlinable @inline(__always)
  nonisolated(nonsending)
    func handleInTask(_ info: Server.Info) async -> Verdict
  {
    idle?.clear()
    do {
      var next = try await server!.handleInfo(info, context: ServerContext(self))
      return conclude(&next, info)
    } catch {
      return end(EndRequest(ExitReason(thrown: error), message: info))
    }
  }

  @inlinable @inline(never) nonisolated(nonsending) func handleStepsInTask() async -> Verdict {
    if kind.step.load(ordering: .relaxed) != HandlerMode.async {
      let verdict = onThread { handleSteps() }
      if verdict != .goOn || step == nil || isExiting { return verdict }
    }
    while let current = step {
      step = nil
      nonisolated(unsafe) let handed = current
      do {
        var next = try await server!.handleContinue(handed, context: ServerContext(self))
        let verdict = conclude(&next, nil)
        if verdict != .goOn { return verdict }
        if isExiting { return .goOn }
      } catch {
        return end(EndRequest(ExitReason(thrown: error)))
      }
    }
    return .goOn
  }

  /// `terminate`, and then the end. An error that it throws becomes the reason.
  @inlinable @inline(never) nonisolated(nonsending) func terminate(_ request: EndRequest) async {
    var reason = request.reason
    do {
      try await server!.terminate(reason, context: ServerContext(self))
    } catch {
      reason = ExitReason(thrown: error)
    }
    endActivation()
    finish(request, reason: reason)
  }
}
