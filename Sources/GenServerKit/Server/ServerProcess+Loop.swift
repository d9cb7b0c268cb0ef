public import Synchronization

// The loop over plain handlers, and what a handler's answer leads to. The plain witness can be called from synchronous
// code only: an async function would pick the async one.
extension ServerProcess {
  /// How the loop goes on after a message.
  @usableFromInline enum Verdict {
    case goOn
    /// The handler is async: the message lies in the batch again, and an activation takes over.
    case needsTask
    /// The process has ended, or an activation ends it.
    case ended
  }

  /// The run right with the mailbox behind it; called by the scheduler.
  @inlinable func drive() {
    if duty != nil { return performDuty() }
    let previous = enterThread()
    drain()
    leaveThread(previous)
  }

  @inlinable func drain() {
    var budget = turnLength
    while true {
      if isExiting { return endByExit() }
      if isFlagged {
        guard drainFlagged() else { return }
        continue
      }
      if step != nil {
        switch handleSteps() {
        case .goOn: continue
        case .needsTask: return activate()
        case .ended: return
        }
      }
      if batch.isEmpty { refill() }
      while !batch.isEmpty {
        if budget == 0 { return submitBehind() }
        budget -= 1
        switch handle(batch.removeFirst()) {
        case .goOn: break
        case .needsTask: return activate()
        case .ended: return
        }
        if isExiting || step != nil || isFlagged { break }
      }
      if step != nil || !batch.isEmpty || isExiting || isFlagged { continue }
      if release() { return }
    }
  }

  /// One message by a plain handler.
  @inlinable @inline(__always) func handle(_ envelope: consuming Envelope<Server>) -> Verdict {
    switch consume envelope {
    case .call(let request, let node): return handle(request, node)
    case .cast(let cast, let attachment): return handle(cast, attachment)
    case .info(let info, let attachment): return handle(info, attachment)
    case .foreign(let message): return handle(message)
    case .system(let message): return handle(message)
    }
  }

  @inlinable func handle(_ request: Server.Call, _ node: ReplyNode) -> Verdict {
    let mode = kind.call.load(ordering: .relaxed)
    if mode == HandlerMode.async { return putBack(.call(request, node)) }
    if skips(node) { return .goOn }
    prepare(for: request)
    handles(node)
    let timing = beginCall()
    do {
      var next = try server!.handleCall(request, context: ServerContext(self))
      if mode == HandlerMode.unknown {
        if next.kind == .notHere {
          abandonCall(timing)
          kind.call.store(HandlerMode.async, ordering: .relaxed)
          willBeHandledAgain()
          return putBack(.call(request, node))
        }
        kind.call.store(HandlerMode.plain, ordering: .relaxed)
      }
      endCall(timing)
      handlesNoCall()
      return conclude(&next, node, request)
    } catch {
      abandonCall(timing)
      return crashed(error, request, node)
    }
  }

  /// For an activation, whose first message it will be.
  @inlinable func putBack(_ envelope: consuming Envelope<Server>) -> Verdict {
    batch.prepend(envelope)
    return .needsTask
  }

  /// Whether nobody wants the answer any more, and the request is left out.
  @inlinable @inline(__always) func skips(_ node: ReplyNode) -> Bool {
    guard node.isAbandoned, !runsAbandoned else { return false }
    skippedAbandoned()
    willNotBeHandled()
    return true
  }

  /// Whether a repeated timer that sent the message was cancelled meanwhile, and it is left out.
  @inlinable @inline(__always) func isWithdrawn(_ attachment: MessageAttachment?) -> Bool {
    guard let attachment, attachment.isWithdrawn else { return false }
    willNotBeHandled()
    return true
  }

  @inlinable func handle(_ cast: Server.Cast, _ attachment: MessageAttachment?) -> Verdict {
    let mode = kind.cast.load(ordering: .relaxed)
    if mode == HandlerMode.async { return putBack(.cast(cast, attachment)) }
    if isWithdrawn(attachment) { return .goOn }
    prepare(for: cast)
    do {
      var next = try server!.handleCast(cast, context: ServerContext(self))
      if mode == HandlerMode.unknown {
        if next.kind == .notHere {
          kind.cast.store(HandlerMode.async, ordering: .relaxed)
          willBeHandledAgain()
          return putBack(.cast(cast, attachment))
        }
        kind.cast.store(HandlerMode.plain, ordering: .relaxed)
      }
      return conclude(&next, cast)
    } catch {
      return crashed(error, cast)
    }
  }

  @inlinable func handle(_ info: Server.Info, _ attachment: MessageAttachment?) -> Verdict {
    let mode = kind.info.load(ordering: .relaxed)
    if mode == HandlerMode.async { return putBack(.info(info, attachment)) }
    if isWithdrawn(attachment) { return .goOn }
    prepare(for: info)
    do {
      var next = try server!.handleInfo(info, context: ServerContext(self))
      if mode == HandlerMode.unknown {
        if next.kind == .notHere {
          kind.info.store(HandlerMode.async, ordering: .relaxed)
          willBeHandledAgain()
          return putBack(.info(info, attachment))
        }
        kind.info.store(HandlerMode.plain, ordering: .relaxed)
      }
      return conclude(&next, info)
    } catch {
      return crashed(error, info)
    }
  }

  /// The steps that handlers have asked for, one after the other, before anything in the mailbox.
  @inlinable func handleSteps() -> Verdict {
    while let current = step {
      let mode = kind.step.load(ordering: .relaxed)
      if mode == HandlerMode.async { return .needsTask }
      if let idle, idle.isTold { tellOfHandling(current.value) }
      do {
        // A step need not be `Sendable`: it never leaves the process, and goes to one handler only.
        nonisolated(unsafe) let handed = current.value
        var next = try server!.handleContinue(handed, context: ServerContext(self))
        if mode == HandlerMode.unknown {
          if next.kind == .notHere {
            kind.step.store(HandlerMode.async, ordering: .relaxed)
            willBeHandledAgain()
            return .needsTask
          }
          kind.step.store(HandlerMode.plain, ordering: .relaxed)
        }
        step = nil
        let verdict = conclude(&next, Never?.none)
        if verdict != .goOn { return verdict }
        if isExiting { return .goOn }
      } catch {
        return crashed(error, Never?.none)
      }
    }
    return .goOn
  }

  @usableFromInline @inline(never) func handle(_ message: ForeignMessage) -> Verdict {
    if let tick = message.tick, !tick.take() {
      willNotBeHandled()
      return .goOn
    }
    prepare(for: message.value)
    do {
      var next = try server!.handleUnexpected(message.value, context: ServerContext(self))
      return conclude(&next, message.value)
    } catch {
      return crashed(error, message.value)
    }
  }

  @usableFromInline @inline(never) func handle(_ message: SystemMessage) -> Verdict {
    switch message {
    case .stop(let reason):
      tell(.handles("stop for reason \(text(of: reason))"))
      return end(EndRequest(reason))
    case .idleCheck(let serial):
      guard let info = idle?.check(serial) else { return .goOn }
      return handle(info, nil)
    case .down(let monitor, let reason):
      return handle(monitor, reason)
    case .exit(let pid, let reason, let translation):
      return handle(Exit(pid: pid, reason: reason), translation)
    case .answer(let answer):
      return handle(answer: answer)
    case .perform(let task):
      tell(.handles("a request of the system"))
      return run(task)
    }
  }

  // What a handler has returned.

  @inlinable @inline(__always)
  func conclude(_ next: inout NextStep<Server>, _ node: ReplyNode, _ request: Server.Call) -> Verdict {
    if next.isSimple, !isExiting {
      let reply = next.takeNode()
      if reply !== node { node.handlerLeft() }
      reply?.publish()
      return .goOn
    }
    if next.node !== node { node.handlerLeft() }
    return concludeRarely(&next, request, node)
  }

  @inlinable @inline(__always)
  func conclude<Message>(_ next: inout NextStep<Server>, _ message: Message?) -> Verdict {
    if next.isSimple, !isExiting {
      next.takeNode()?.publish()
      return .goOn
    }
    return concludeRarely(&next, message)
  }

  /// A stop, an action, or an answer that comes too late. A function of its own, as what it does with the message would
  /// lie in the frame of every activation.
  @usableFromInline @inline(never)
  func concludeRarely<Message>(
    _ next: inout NextStep<Server>, _ message: Message?, _ node: ReplyNode? = nil
  ) -> Verdict {
    // Nothing of the process runs after an exit signal but the handler that it met: its answer is taken back.
    if isExiting { return .goOn }
    let reply = next.takeNode()
    if next.kind == .stop {
      let reason = next.detail?.reason ?? .normal
      let request = EndRequest(reason, message: message, reply: reply)
      if reply == nil, let node, !reason.isClean { request.client = EndRequest.Client(of: node) }
      return end(request)
    }
    reply?.publish()
    if let action = next.detail?.action { perform(action) }
    return .goOn
  }

  @usableFromInline func perform(_ action: ServerAction<Server>) {
    switch action.choice {
    case .timeout(let timeout, let message):
      setIdle(timeout, message)
    case .hibernate:
      hibernate()
    case .hibernateWithTimeout(let timeout, let message):
      hibernate()
      setIdle(timeout, message)
    case .step(let next):
      step = Step(next)
    }
  }

  private func setIdle(_ timeout: Timeout, _ message: Server.Info) {
    if idle == nil { makeIdleTimer() }
    idle?.set(message, at: timeout.deadline(in: runtime))
  }

  @usableFromInline func makeIdleTimer() { idle = IdleTimer(self) }

  // The end.

  /// A handler has thrown; that of a call has left its client without an answer.
  @usableFromInline @inline(never) func crashed<Message>(
    _ error: any Error, _ message: Message?, _ node: ReplyNode? = nil
  ) -> Verdict {
    let request = EndRequest(ExitReason(thrown: error), message: message)
    request.followsExit = isExiting
    if let node { request.client = EndRequest.Client(of: node) }
    return end(request)
  }

  /// Lets `terminate` run, in a task unless the server is known to have none, and ends the process.
  @inlinable @inline(never) func end(_ request: EndRequest) -> Verdict {
    if request.followsExit {
      endByExit()
    } else if isExiting {
      finish(request)
    } else if kind.endsWithoutTask {
      finish(request)
    } else {
      duty = .terminate(request)
      if canActivateHere { activate() } else { submit() }
    }
    return .ended
  }

  /// Ends an idle process whose run right somebody has just taken to stop it.
  @inlinable func endNow(_ reason: ExitReason) {
    let previous = enterThread()
    if kind.endsWithoutTask, reason.isClean, !isExiting {
      // Nothing runs, nothing is reported, and nobody gets an answer.
      die(reason)
    } else {
      _ = end(EndRequest(reason))
    }
    leaveThread(previous)
  }

  /// An exit signal has come: `terminate` does not run, as the server does not trap exits.
  @usableFromInline @inline(never) func endByExit() { die(.killed) }

  /// After `terminate`: the report, the end, and the answer within it. A kill that came meanwhile hides neither cause.
  @inlinable func finish(_ request: EndRequest) {
    if !request.isOrderly(isExiting: isExiting) { report(request) }
    // The last message stays until the end has begun: its handle, dropped before, would count as a lost answer.
    die(request.failure ?? request.reason, answering: request.reply)
  }

  @usableFromInline @inline(never) func report(_ request: EndRequest) { logCrash(request) }

  @usableFromInline @inline(never) func performDuty() {
    guard case .wake(let interval) = duty else { return activate() }
    duty = nil
    watchIdleness(every: interval)
    // Once more by the scheduler, as the loop would not be specialised when called from here.
    submit()
  }
}
