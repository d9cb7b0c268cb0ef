private import GenServerKitC

extension ServerRef {
  /// Sends a request and waits for its answer, five seconds unless told otherwise.
  ///
  /// `request` runs once, on the caller's actor; when the call fails it runs again, with a spent handle, for the text
  /// of the error, so keep it free of side effects. A task that is cancelled already sends nothing.
  ///
  /// ```swift
  /// let size = try await stack.call { .size($0) }
  /// let next = try await queue.call(timeout: .infinity) { .next($0) }
  /// ```
  ///
  /// The call fails at once when there is no such process, when the server ends or drops the reply handle, when the
  /// calling task is cancelled, and when the wait would close a circle of waiting processes. A time-out leaves the
  /// request behind: it is skipped if the server has not begun it. See `GenServer.call/3` in Elixir.
  ///
  /// - Parameters:
  ///   - timeout: How long to wait; nil for what `within(_:)` says, or else five seconds.
  ///   - detectsDeadlock: Whether the check for circles is made. Turn it off in a handler that has given its own reply
  ///     handle to somebody else who will answer while it waits.
  ///   - function: The caller, for the text of an error.
  ///   - fileID: The caller's file, for the text of an error.
  ///   - line: The caller's line, for the text of an error.
  ///   - request: Makes the request from a reply handle; usually a case of `Call` in braces.
  /// - Throws: A `CallError` that says who called whom with what, from where, and why it failed.
  @inlinable @inline(__always)
  nonisolated(nonsending) public func call<Value: Sendable>(
    timeout: Timeout? = nil, detectsDeadlock: Bool = true,
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line,
    _ request: (ReplyTo<Value>) -> Server.Call
  ) async throws(CallError) -> Value {
    let timeout = timeout ?? self.timeout ?? .callDefault
    let failure: CallError
    if let taken = ReplyNode.takeUnlessCancelled() {
      taken.grant(timeout, to: process)
      var message = Optional(request(ReplyTo(taken)))
      // The process is kept alive here only when it was found by name: for a pid the reference itself keeps it alive.
      var holder: ServerProcess<Server>?
      let attempt = attempt(&message, taken, &holder)
      var node = consume taken
      if case .ran = attempt {
        if CurrentThread.isTimeToYield { await Task.yield() }
        // First "is no handle left", then "is there an answer".
        let isUnique = isKnownUniquelyReferenced(&node)
        if node.isDone, node.failure == nil {
          let value = node.read(Value.self)
          if isUnique { ReplyNode.recycle(consume node) } else { node.endWatchOfLender() }
          return value
        }
      }
      if case .ending(let end) = attempt {
        // The request is made again for the crash report, which an orderly end does not have.
        (holder ?? process)?.end(end, message: end.reason.isClean ? nil : request(ReplyTo(.spent)))
      }
      // Nothing of the request stays here while the caller waits: a dropped handle would not be noticed.
      switch await answer(attempt, holder, &message, consume node, timeout, detectsDeadlock) {
      case .answered(let node):
        if let error = node.failure { failure = error } else { return node.read(Value.self) }
      case .exited(let reason): failure = .exit(reason)
      case .failed(let error): failure = error
      case .admitted, .started: failure = .replyDropped()
      }
    } else {
      failure = .cancelled()
    }
    throw explained(failure, request(ReplyTo(.spent)), timeout, function, fileID, line)
  }

  /// The error with who called whom with what, which becomes text when somebody reads it.
  @usableFromInline @inline(never) func explained(
    _ error: CallError, _ request: Server.Call, _ timeout: Timeout, _ function: StaticString, _ fileID: StaticString,
    _ line: UInt
  ) -> CallError {
    error.with(
      CallDetails(
        server: CalledServer(self), request: .of(request, to: Server.self), timeout: timeout,
        site: CallSite(function, fileID, line)))
  }
}

extension ServerRef {
  /// Specialised once per server, not once per call. The call itself does not touch the process, since each use there
  /// would retain it.
  @inlinable @inline(never) func attempt(
    _ message: inout Server.Call?, _ node: ReplyNode, _ holder: inout ServerProcess<Server>?
  ) -> ServerProcess<Server>.Attempt {
    if process == nil { return attemptByName(&message, node, &holder) }
    return process.unsafelyUnwrapped.attempt(&message, node)
  }

  @usableFromInline @inline(never) func attemptByName(
    _ message: inout Server.Call?, _ node: ReplyNode, _ holder: inout ServerProcess<Server>?
  ) -> ServerProcess<Server>.Attempt {
    switch lookup() {
    case .success(let process):
      holder = process
      return process.attempt(&message, node)
    case .failure(let error):
      message = nil
      return .failed(error)
    }
  }

  /// Waits for the answer to a request that still has to be queued, or that has run and left no answer.
  @inlinable nonisolated(nonsending) func answer(
    _ attempt: ServerProcess<Server>.Attempt, _ holder: ServerProcess<Server>?, _ request: inout Server.Call?,
    _ node: consuming ReplyNode, _ timeout: Timeout, _ detectsDeadlock: Bool
  ) async -> Waiter.Outcome {
    if case .failed(let error) = attempt { return .failed(error) }
    guard let process = holder ?? process else { return .failed(.noProcess()) }
    if request != nil { return await process.queue(&request, consume node, timeout, detectsDeadlock) }
    return await process.waitForAnswer(consume node, timeout, detectsDeadlock)
  }
}

extension ReplyNode {
  /// Notes the time that a lent caller grants; a caller that has to wait replaces it by an instant.
  @inlinable @inline(__always) func grant(_ timeout: Timeout, to process: ProcessCore?) {
    deadline = timeout.kind == .after ? -max(1, timeout.nanoseconds) : granted(timeout, to: process)
  }

  /// For a call by name the process is not known yet; the clock is then that of the runtime in which the name is looked
  /// up.
  @usableFromInline @inline(never) func granted(_ timeout: Timeout, to process: ProcessCore?) -> Int64 {
    switch timeout.kind {
    case .after: -max(1, timeout.nanoseconds)
    case .infinity: .max
    // A value below 1 would mean something else. As an instant it has passed in any case, so 1 says the same.
    case .until: max(1, timeout.deadline(in: process?.runtime ?? .current))
    case .inherited where ProcessCore.ambient?.currentDeadline == nil: -Timeout.callDefault.nanoseconds
    case .inherited: max(1, timeout.deadline(in: process?.runtime ?? .current))
    }
  }
}

/// The questions that the hot path asks about the thread it runs on.
@usableFromInline enum CurrentThread {
  /// Whether the caller has kept its thread busy with calls for a millisecond, and should let others run: two callers
  /// in a loop would otherwise hold every thread of a small machine.
  @usableFromInline static var isTimeToYield: Bool { gs_thread_takes_yield() }

  /// Tells the watchdog that the next message of an activation begins, since it times each message by itself.
  @usableFromInline static func nextRun() { gs_thread_next_run() }
}
