extension ServerContext {
  /// Calls another server without waiting: the answer, or the failure, arrives as a message.
  ///
  /// ```swift
  /// context.request(shelf, timeout: .inherited, as: { .size(id, $0) }) { .size($0) }
  /// ```
  ///
  /// The server is free for other messages meanwhile, and closes no circle of waiting servers. Exactly one message
  /// comes, unless the request is cancelled. Without an answer in time, five seconds unless told otherwise, it carries
  /// the failure `timeout`. Where the other server's mailbox lets calls wait for room, the request waits there by
  /// itself. When the server ends, the request is given up. See `:gen_server.send_request/2` in OTP.
  @discardableResult public func request<Other: GenServer, Value: Sendable>(
    _ server: ServerRef<Other>, timeout: Timeout? = nil,
    as message: @escaping @Sendable (Result<Value, CallError>) -> Server.Info,
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line,
    _ request: (ReplyTo<Value>) -> Other.Call
  ) -> RequestReference {
    let node = ReplyNode.take()
    let call = request(ReplyTo(node))
    let timeout = timeout ?? server.timeout ?? .callDefault
    let resolved = server.resolved
    func details(_ request: RequestText) -> CallDetails {
      CallDetails(
        caller: process, server: CalledServer(server), verb: "request", request: request, timeout: timeout,
        site: CallSite(function, fileID, line))
    }
    // With a spent handle, as nobody will answer it.
    func failure(_ error: CallError) -> Result<Value, CallError> {
      .failure(error.with(details(.of(request(ReplyTo(.spent)), to: Other.self))))
    }
    let target = try? resolved.get()
    let pending = ServerRequest<Server, Value>(
      of: process, to: target, details(target.map { .sent(call, to: $0) } ?? .of(call, to: Other.self)), message)
    if process.isFlagged, process.flags.contains(.driven) {
      process.keep(pending, until: timeout.deadline(in: process.runtime))
      return RequestReference(core: pending)
    }
    switch resolved {
    case .failure(let error):
      pending.settle(.failure(error), as: .failed)
    case .success(let target):
      let deadline = timeout.deadline(in: process.runtime)
      node.deadline = max(1, Timeout.deadline(deadline, of: process.runtime, in: target.runtime))
      // The closure that made the request may have handed the handle to somebody who has answered already.
      if !node.attach(pending).isPending { _ = pending.answered(node) }
      let (delivery, place) = target.put(.call(call, node), waits: true)
      switch delivery {
      case .enqueued:
        pending.wasSent(to: place)
        pending.wait(until: deadline)
        pending.observe()
      case .noProcess: pending.settle(failure(.noProcess()), as: .failed)
      case .refused, .dropped: pending.settle(failure(.overloaded()), as: .failed)
      }
      // The node lives until here, so that a refused request does not look like one whose handle was dropped.
      withExtendedLifetime(node) {}
    }
    return RequestReference(core: pending)
  }
}

/// A request whose answer has not arrived yet.
public struct RequestReference: Hashable, Sendable {
  let core: RequestCore

  public static func == (a: Self, b: Self) -> Bool { a.core === b.core }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(core)) }

  /// Gives the request up, so that its message never arrives; the other server skips it if it has not begun it.
  public func cancel() { core.cancel() }
}

extension RequestReference: CustomStringConvertible {
  /// Such as `request to Shelf <0.3.0>`.
  public var description: String { "request to \(core.details.server)" }
}
