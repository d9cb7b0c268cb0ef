/// The work that the server does for one of these requests, in its own turn.
final class SystemTask<Server: GenServer>: Sendable {
  let run: @Sendable (ServerProcess<Server>) -> ServerProcess<Server>.Verdict

  init(_ run: @escaping @Sendable (ServerProcess<Server>) -> ServerProcess<Server>.Verdict) { self.run = run }
}

extension ServerRef {
  nonisolated(nonsending) func perform<Value: Sendable>(
    _ verb: String, _ timeout: Timeout?, _ site: CallSite,
    _ task: @escaping @Sendable (ServerProcess<Server>, ReplyTo<Value>) -> ServerProcess<Server>.Verdict
  ) async throws(CallError) -> Value {
    let timeout = timeout ?? self.timeout ?? .callDefault
    let failure: CallError
    switch resolved {
    case .failure(let error): failure = error
    case .success(let process):
      switch await process.perform(timeout, task) {
      case .success(let value): return value
      case .failure(let error): failure = error
      }
    }
    throw failure.with(
      CallDetails(server: CalledServer(self), verb: verb, request: .none, timeout: timeout, site: site))
  }
}

extension ServerProcess {
  fileprivate nonisolated(nonsending) func perform<Value: Sendable>(
    _ timeout: Timeout, _ task: @escaping @Sendable (ServerProcess<Server>, ReplyTo<Value>) -> Verdict
  ) async -> Result<Value, CallError> {
    let deadline = deadline(of: timeout)
    let waiter: Waiter
    switch post(task, until: deadline) {
    case .success(let posted): waiter = posted
    case .failure(let error): return .failure(error)
    }
    switch await wait(waiter, until: deadline, .enqueued) {
    case .answered(let node): return .success(node.read(Value.self))
    case .exited(let reason): return .failure(.exit(reason))
    case .failed(let error): return .failure(error)
    case .admitted, .started: return .failure(.replyDropped())
    }
  }

  /// This is not async, so that it holds no reply node any more when the caller waits.
  private func post<Value: Sendable>(
    _ task: @escaping @Sendable (ServerProcess<Server>, ReplyTo<Value>) -> Verdict, until deadline: Int64
  ) -> Result<Waiter, CallError> {
    let node = ReplyNode()
    switch prepareToWait(for: node, until: deadline, true) {
    case .failure(let error): return .failure(error)
    case .success(let waiter):
      let client = ReplyTo<Value>(node)
      let system = SystemTask<Server> { task($0, client) }
      if post(.perform(system)) { return .success(waiter) }
      WaitGraph.shared.unmark(waiter)
      return .failure(.noProcess())
    }
  }

  /// Runs the request in the server's turn.
  func run(_ task: AnyObject) -> Verdict { (task as? SystemTask<Server>)?.run(self) ?? .goOn }
}
