public import Synchronization

// The caller's side of a process: the request runs in place when the process lends, and else goes into the mailbox.
extension ServerProcess {
  @usableFromInline enum Attempt {
    /// The handler has run, or an activation runs it.
    case ran
    /// The process is busy or does not lend; the request has not been touched.
    case busy
    /// The handler has run and wants the process to end, which the caller has to do.
    case ending(EndRequest)
    /// There is no such process.
    case failed(CallError)
  }

  /// Runs the request on the caller's thread if the process is idle and lends. Synchronous, because the plain witness
  /// can be called from synchronous code only.
  @inlinable @inline(__always) func attempt(_ request: inout Server.Call?, _ node: ReplyNode) -> Attempt {
    guard let lease = borrow(for: node) else { return .busy }
    guard kind.call.load(ordering: .relaxed) == HandlerMode.plain else {
      runInTask(&request, node)
      leave(lease)
      return .ran
    }
    return lease.isAtHome ? run(&request, node, lease) : runAbroad(&request, node, lease)
  }

  /// Runs the request for a caller of another runtime, so that a `Task { }` of the handler belongs to this process's
  /// runtime.
  @inlinable @inline(never) func runAbroad(_ request: inout Server.Call?, _ node: ReplyNode, _ lease: Lease) -> Attempt
  {
    withOwnRuntime { run(&request, node, lease) }
  }

  @inlinable @inline(__always) func run(_ request: inout Server.Call?, _ node: ReplyNode, _ lease: Lease) -> Attempt {
    prepare(for: request.unsafelyUnwrapped)
    handles(node)
    do {
      // The request is taken out in place: bound to a name it would live to the end of its scope, and be retained for
      // that.
      var next = try server!.handleCall(request.take()!, context: ServerContext(self))
      handlesNoCall()
      guard next.isSimple, !isExiting else { return finishRarely(&next, node, lease) }
      let reply = next.takeNode()
      if reply === node {
        node.publishToLender()
      } else {
        node.handlerLeft()
        reply?.publish()
      }
      giveBack(lease)
      return .ran
    } catch {
      leave(lease)
      return .ending(crashRequest(error, node))
    }
  }

  /// Runs a request whose handler is async or not known yet: an activation takes it out of the batch, which was empty.
  @inlinable @inline(never) func runInTask(_ request: inout Server.Call?, _ node: ReplyNode) {
    batch.append(.call(request.take().unsafelyUnwrapped, node))
    isLent = true
    activate()
  }

  @usableFromInline @inline(never)
  func finishRarely(_ next: inout NextStep<Server>, _ node: ReplyNode, _ lease: Lease) -> Attempt {
    if isExiting {
      // As everywhere, nothing runs after an exit signal, and the answer is taken back.
      giveBack(lease)
      return .ran
    }
    if next.node !== node { node.handlerLeft() }
    let reply = next.takeNode()
    if next.kind == .stop {
      leave(lease)
      let reason = next.detail?.reason ?? .normal
      let request = EndRequest(reason, reply: reply)
      if reply == nil, !reason.isClean { request.client = EndRequest.Client(of: node) }
      return .ending(request)
    }
    reply?.publish()
    if let action = next.detail?.action { perform(action) }
    // A step must take the server's own time, not the caller's.
    if step != nil { setMore() }
    giveBack(lease)
    return .ran
  }

  /// Queues a request that has to wait its turn, and waits for the answer.
  @inlinable nonisolated(nonsending) func queue(
    _ request: inout Server.Call?, _ node: consuming ReplyNode, _ timeout: Timeout, _ detectsDeadlock: Bool
  ) async -> Waiter.Outcome {
    let deadline = deadline(of: timeout)
    let waiter: Waiter
    switch prepareToWait(for: node, until: deadline, detectsDeadlock) {
    case .success(let prepared): waiter = prepared
    case .failure(let error): return .failed(error)
    }
    guard let message = request.take() else { return .failed(.replyDropped()) }
    let delivery = enqueueCall(.call(consume message, consume node), waiter)
    return await wait(waiter, until: deadline, delivery)
  }

  @inlinable func enqueueCall(_ envelope: consuming Envelope<Server>, _ waiter: Waiter) -> Delivery {
    if limit != nil { return enqueueCallWithLimit(envelope, waiter) }
    let delivery = enqueue(envelope)
    waiter.waitsForRequest()
    return delivery
  }

  @usableFromInline @inline(never)
  func enqueueCallWithLimit(_ envelope: consuming Envelope<Server>, _ waiter: Waiter) -> Delivery {
    let (delivery, place) = put(envelope, waits: true)
    if let place { waiter.waits(with: place) }
    return delivery
  }

  /// A handler has thrown on the thread of its caller.
  @usableFromInline @inline(never) func crashRequest(_ error: any Error, _ node: ReplyNode) -> EndRequest {
    let request = EndRequest(ExitReason(thrown: error))
    request.followsExit = isExiting
    request.client = EndRequest.Client(of: node)
    return request
  }

  /// Ends the process after a lent run that asked for it, with the request as its last message.
  @usableFromInline @inline(never) func end(_ request: EndRequest, message: Any?) {
    request.message = message
    _ = end(request)
  }
}

extension ProcessCore {
  @usableFromInline final func deadline(of timeout: Timeout) -> Int64 { timeout.deadline(in: runtime) }

  /// Makes the waiter before a request is sent that will have to wait. It fails if a process would wait for itself, or
  /// close a circle.
  @usableFromInline final func prepareToWait(
    for node: ReplyNode?, until deadline: Int64, _ detectsDeadlock: Bool
  ) -> Result<Waiter, CallError> {
    let own = ProcessCore.ownProcess
    if own === self { return .failure(.callingSelf()) }
    let waiter = makeWaiter(for: own, detectsDeadlock)
    if let circle = WaitGraph.shared.mark(waiter) { return .failure(.deadlock(circle)) }
    if let node {
      node.deadline = max(1, deadline)
      // The closure that made the request may have handed the handle to somebody who has answered already.
      if !node.attach(waiter).isPending { waiter.resolve(.answered(node)) }
    }
    return .success(waiter)
  }

  /// Makes the waiter. A child task of a handler waits in the name of its process, but its wait is not the process's
  /// own.
  private final func makeWaiter(for own: ProcessCore?, _ detectsDeadlock: Bool) -> Waiter {
    Waiter(
      on: self, caller: own ?? ProcessCore.ambient, waitsAsProcess: own != nil, closesCircles: detectsDeadlock)
  }

  @usableFromInline nonisolated(nonsending) final func wait(
    _ waiter: Waiter, until deadline: Int64, _ delivery: Delivery
  ) async -> Waiter.Outcome {
    defer { WaitGraph.shared.unmark(waiter) }
    switch delivery {
    case .enqueued: break
    case .noProcess: return waiter.takeAnswer() ?? .failed(.noProcess())
    case .refused, .dropped: return waiter.takeAnswer() ?? .failed(.overloaded())
    }
    if let reason = addObserver(waiter) { waiter.resolve(.exited(reason)) }
    return await waiter.wait(until: deadline)
  }

  /// Waits for the answer after a lent run that left the request without one.
  @usableFromInline nonisolated(nonsending) final func waitForAnswer(
    _ node: consuming ReplyNode, _ timeout: Timeout, _ detectsDeadlock: Bool
  ) async -> Waiter.Outcome {
    let deadline = timeout.deadline(in: runtime)
    let waiter = makeWaiter(for: ProcessCore.ownProcess, detectsDeadlock)
    let granted = node.deadline
    let (isPending, hasLeft) = node.attach(waiter)
    guard isPending else { return .answered(node) }
    if hasLeft { waiter.left() } else { anchorDeadline(granted, at: deadline) }
    // The caller's own reference goes before it waits, so that the last handle dropped elsewhere ends the wait.
    _ = consume node
    if let circle = WaitGraph.shared.mark(waiter) {
      waiter.resolve(.failed(.deadlock(circle)))
    }
    return await wait(waiter, until: deadline, .enqueued)
  }

  // Stop.

  /// Asks for the end and waits for it.
  nonisolated(nonsending) final func stop(
    _ reason: ExitReason, timeout: Timeout, shielded: Bool = false
  ) async -> CallError? {
    if let outcome = stopIdle(reason) { return outcome }
    let deadline = timeout.deadline(in: runtime)
    let waiter: Waiter
    switch prepareToWait(for: nil, until: deadline, true) {
    case .success(let prepared): waiter = prepared
    case .failure(let error): return error
    }
    defer { WaitGraph.shared.unmark(waiter) }
    if addObserver(waiter) != nil { return .noProcess() }
    _ = post(.stop(reason))
    switch await waiter.wait(until: deadline, shielded: shielded) {
    case .exited: return outcome(of: reason)
    case .failed(let error): return error
    default: return nil
    }
  }

  /// Ends an idle process at once if it has no `terminate` that could take long. Returns nil for any other process,
  /// which ends when it comes to the request, on a thread that the caller need not wait for.
  final func stopIdle(_ reason: ExitReason) -> CallError?? {
    guard kind.endsWithoutTask, takeIdle() else { return nil }
    kind.end(self, reason)
    return .some(outcome(of: reason))
  }

  /// The result of a stop for `reason` once the process has ended.
  private final func outcome(of reason: ExitReason) -> CallError? {
    let actual = finalReason(reason)
    return actual == reason ? nil : .exit(actual)
  }
}
