extension PID {
  /// Sends a message with a pid to answer to, and waits for the value that is sent to that pid.
  ///
  /// ```swift
  /// let total = try await meter.ask(Int.self) { Question.total(answerTo: $0) }
  /// ```
  ///
  /// `message` makes the message from that pid, which is valid for this one question: what is sent to it later is
  /// dropped. See aliases in Erlang.
  ///
  /// - Throws: `noProcess`, `exit` if the process ended before it answered or the runtime is shut down, `overloaded` if
  ///   its mailbox is full, `callingSelf` in the process itself, `deadlock` if the wait would close a circle of waiting
  ///   processes, `timeout`, `cancelled`.
  nonisolated(nonsending) public func ask<Answer: Sendable, Message: Sendable>(
    _ type: Answer.Type, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line, _ message: (PID) -> Message
  ) async throws(CallError) -> Answer {
    let asker = RawProcessCore(in: core.runtime)
    _ = asker.enter()
    defer { asker.die(.normal) }
    let question = message(PID(asker))
    let failure: CallError
    switch await ask(question, as: asker, type, timeout) {
    case .success(let answer): return answer
    case .failure(let error): failure = error
    }
    throw failure.with(
      CallDetails(
        server: CalledServer(core), verb: "ask", request: .of(question, to: core.kind.serverType), timeout: timeout,
        site: CallSite(function, fileID, line)))
  }

  private nonisolated(nonsending) func ask<Answer: Sendable>(
    _ question: some Sendable, as asker: RawProcessCore, _ type: Answer.Type, _ timeout: Timeout
  ) async -> Result<Answer, CallError> {
    let own = ProcessCore.ownProcess
    if own === core { return .failure(.callingSelf()) }
    // As long as the question lies in the mailbox, only the process can answer it. A server does not tell when it takes
    // the question out, so a wait for a server closes no circle.
    let target = core as? RawProcessCore
    let wait = Waiter(on: core, caller: own, waitsAsProcess: own != nil, closesCircles: target != nil)
    if let circle = WaitGraph.shared.mark(wait) { return .failure(.deadlock(circle)) }
    defer { WaitGraph.shared.unmark(wait) }
    // The watch is set before the question is sent, so that the reason of an end is known.
    let monitor = asker.monitor(core, name: nil)
    switch target?.enqueue(RawMessage(question, askedBy: wait)) ?? send(question) {
    case .enqueued: break
    case .noProcess: return .failure(.noProcess())
    case .refused, .dropped: return .failure(.overloaded())
    }
    do throws(ExitReason) {
      switch try await asker.receive(type, orDownBy: monitor, until: timeout.deadline(in: core.runtime)) {
      case .message(let answer): return .success(answer)
      case .down(let reason): return .failure(.exit(reason))
      case .timeout: return .failure(.timeout())
      }
    } catch {
      // The asker itself is told to exit when its runtime is shut down.
      return .failure(Task.isCancelled ? .cancelled() : .exit(error))
    }
  }
}
