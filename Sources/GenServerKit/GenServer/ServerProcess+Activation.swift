public import Synchronization

// The loop inside an activation: the same messages, by either kind of handler.
extension ServerProcess {
  @inlinable nonisolated(nonsending) func run() async {
    switch duty {
    case nil: break
    case .terminate(let request)?: return await terminate(request)
    case .initialize(let argument, let starter)?:
      duty = nil
      nonisolated(unsafe) let argument = argument
      guard await initialize(argument, starter) else { return }
    }
    await drainInTask()
  }

  @inlinable @inline(never) nonisolated(nonsending) func drainInTask() async {
    var budget = Self.messagesPerTurn
    while true {
      if isExiting {
        endActivation()
        return endByExit()
      }
      if step != nil {
        guard await handleStepsInTask() == .goOn else { return }
        continue
      }
      var next = batch.isEmpty ? refill() : batch.removeFirst()
      while let envelope = next {
        if budget == 0 {
          batch.prepend(envelope)
          endActivation()
          return submitBehind()
        }
        budget -= 1
        guard await handleInTask(envelope) == .goOn else { return }
        if isExiting || step != nil {
          next = nil
          break
        }
        next = nextInBatch()
      }
      if step != nil || !batch.isEmpty || hasMore { continue }
      endActivation()
      // What came in between is for another turn: this task is the process's no longer.
      if !release() { submit() }
      return
    }
  }

  /// One message. A plain handler runs with the thread's record set, as everywhere.
  @inlinable @inline(__always) nonisolated(nonsending)
  func handleInTask(_ envelope: Envelope<Server>) async -> Verdict {
    switch envelope.message {
    case .call(let request, let node) where kind.call.load(ordering: .relaxed) == HandlerMode.async:
      if let idle { clear(idle, for: envelope) }
      return await handleInTask(request, node)
    case .cast(let cast) where kind.cast.load(ordering: .relaxed) == HandlerMode.async:
      if let idle { clear(idle, for: envelope) }
      if envelope.attachment != nil, isWithdrawn(envelope) { return .goOn }
      return await handleInTask(cast)
    case .info(let info) where kind.info.load(ordering: .relaxed) == HandlerMode.async:
      if let idle { clear(idle, for: envelope) }
      return await handleInTask(info)
    default:
      let verdict = handleOnThread(envelope)
      guard verdict == .needsTask else { return verdict }
      // The first message of its kind has just shown that its handler is async.
      return await handleLearned(envelope)
    }
  }

  @inlinable nonisolated(nonsending) func handleLearned(_ envelope: Envelope<Server>) async -> Verdict {
    switch envelope.message {
    case .call(let request, let node): await handleInTask(request, node)
    case .cast(let cast): await handleInTask(cast)
    case .info(let info): await handleInTask(info)
    case .foreign, .system: .goOn
    }
  }

  @inlinable @inline(never) func handleOnThread(_ envelope: Envelope<Server>) -> Verdict {
    let previous = enterThread()
    defer { leaveThread(previous) }
    return handle(envelope)
  }

  @inlinable nonisolated(nonsending) func handleInTask(_ request: Server.Call, _ node: ReplyNode) async -> Verdict {
    if skips(node) { return .goOn }
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

  @inlinable nonisolated(nonsending) func handleInTask(_ cast: Server.Cast) async -> Verdict {
    do {
      var next = try await server!.handleCast(cast, context: ServerContext(self))
      return conclude(&next, cast)
    } catch {
      return end(EndRequest(ExitReason(thrown: error), message: cast))
    }
  }

  @inlinable nonisolated(nonsending) func handleInTask(_ info: Server.Info) async -> Verdict {
    do {
      var next = try await server!.handleInfo(info, context: ServerContext(self))
      return conclude(&next, info)
    } catch {
      return end(EndRequest(ExitReason(thrown: error), message: info))
    }
  }

  @inlinable nonisolated(nonsending) func handleStepsInTask() async -> Verdict {
    if kind.step.load(ordering: .relaxed) != HandlerMode.async {
      let verdict = handleStepsOnThread()
      if verdict != .needsTask { return verdict }
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

  @inlinable @inline(never) func handleStepsOnThread() -> Verdict {
    let previous = enterThread()
    defer { leaveThread(previous) }
    return handleSteps()
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
