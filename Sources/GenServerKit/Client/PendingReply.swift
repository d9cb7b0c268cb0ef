/// An answer that is still to come; dropping it does not abandon the request.
///
/// ```swift
/// let first = archive.sendRequest { .report(2024, $0) }
/// let second = archive.sendRequest { .report(2025, $0) }
/// let both = try await (first.value(), second.value())
/// ```
///
/// It can be awaited again and again, from several tasks: each wait has its own time, and a wait that runs out leaves
/// the request as it is. See `:gen_server.send_request/2` and `wait_response/2` in OTP.
public struct PendingReply<Value: Sendable>: Sendable {
  let state: PendingState<Value>

  /// Waits for the answer. Without a `timeout` it waits as long as `within(_:)` says of the server, or else five
  /// seconds.
  ///
  /// - Throws: As `ServerRef.call` does; `timeout` and `cancelled` end this wait only.
  nonisolated(nonsending) public func value(timeout: Timeout? = nil) async throws(CallError) -> Value {
    switch await state.outcome(timeout) {
    case .success(let value): return value
    case .failure(let error): throw error.with(state.details)
    }
  }

  /// Abandons the request: the server skips it if it has not begun it, and every wait for the answer ends with
  /// `cancelled`.
  public func cancel() { state.cancel() }
}

extension ServerRef {
  /// Sends a request whose answer is awaited later. It never waits, so plain handlers can use it too.
  ///
  /// Nothing fails here: a server that has gone or a full mailbox shows when the answer is awaited. Where the mailbox lets
  /// calls wait for room, the request does so by itself. `request` runs once, and again, with a spent handle, when the
  /// mailbox has refused what it made.
  ///
  /// When the process that sent the request ends, the request is given up, unless another task awaits the answer just
  /// then.
  public func sendRequest<Value: Sendable>(
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line,
    _ request: (ReplyTo<Value>) -> Server.Call
  ) -> PendingReply<Value> {
    let site = CallSite(function, fileID, line)
    return PendingReply(state: pendingState("sendRequest", site, until: .max, request))
  }

  /// Sends the request, and returns what is known of it.
  func pendingState<Value: Sendable>(
    _ verb: String, _ site: CallSite, timeout: Timeout? = nil, until deadline: Int64, sends: Bool = true,
    _ request: (ReplyTo<Value>) -> Server.Call
  ) -> PendingState<Value> {
    let caller = ProcessCore.ambient
    func details(_ request: RequestText) -> CallDetails {
      CallDetails(
        caller: caller, server: CalledServer(self), verb: verb, request: request, timeout: timeout, site: site)
    }
    // With a spent handle, as nobody will answer it.
    func failed(_ error: CallError) -> PendingState<Value> {
      PendingState(error, details(.of(request(ReplyTo(.spent)), to: Server.self)), runtime: .current)
    }
    if !sends { return failed(.cancelled()) }
    let process: ServerProcess<Server>
    switch resolved {
    case .success(let found): process = found
    case .failure(let error): return failed(error)
    }
    let node = ReplyNode.take()
    let message = request(ReplyTo(node))
    let state = PendingState<Value>(
      process, caller: caller, details(.sent(message, to: process)), timeout: self.timeout)
    node.deadline = max(1, deadline)
    // The closure that made the request may have handed the handle to somebody who has answered already.
    if !node.attach(state).isPending { _ = state.answered(node) }
    let (delivery, place) = process.put(.call(message, node), waits: true)
    switch delivery {
    case .enqueued:
      state.wasSent(to: place)
      // With a time-out, the caller awaits all answers and gives up by itself.
      state.observe(isOwned: timeout == nil)
    // Unless it was answered before, the request is known by what it would have been.
    case .noProcess: if state.settle(.failure(.noProcess()), as: .failed) { return failed(.noProcess()) }
    case .refused, .dropped: if state.settle(.failure(.overloaded()), as: .failed) { return failed(.overloaded()) }
    }
    // The node lives until here, so that a refused request does not look like one whose handle was dropped.
    withExtendedLifetime(node) {}
    return state
  }
}
