extension ServerRef {
  /// Sends an exit signal, as ``PID/exit(_:)`` does; a reference by name sends it to the process that holds the name
  /// now.
  ///
  /// ```swift
  /// worker.exit(.killed)
  /// ```
  ///
  /// It does not wait, and ends a server that does not trap exits without `terminate`; `stop` is the orderly way.
  /// Nothing happens if nobody holds the name.
  public func exit(_ reason: ExitReason) { pid?.exit(reason) }

  /// Lets the server end, after `terminate`, and waits for it.
  ///
  /// ```swift
  /// try await worker.stop(.shutdown, timeout: .seconds(10))
  /// ```
  ///
  /// The request takes its place behind what is in the mailbox already. When `stop` returns, the process is dead, what
  /// its state held is released, and its name is free. It waits as long as `within(_:)` says, or else as long as it
  /// takes; a stop that times out or is cancelled leaves the request behind. See `GenServer.stop/3` in Elixir.
  ///
  /// - Throws: `CallError.noProcess`, `callingSelf` from a handler of the server itself, `timeout`, `cancelled`,
  ///   `deadlock`, and `exit` if the server ended for another reason than the one asked for.
  nonisolated(nonsending) public func stop(
    _ reason: ExitReason = .normal, timeout: Timeout? = nil, function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) {
    let timeout = timeout ?? self.timeout ?? .infinity
    let failure: CallError?
    if let outcome = process?.stopIdle(reason) {
      failure = outcome
    } else {
      switch resolvedCore {
      case .success(let process): failure = await process.stop(reason, timeout: timeout)
      case .failure(let error): failure = error
      }
    }
    if let failure {
      throw failure.with(
        CallDetails(
          server: CalledServer(self), verb: "stop",
          request: .lazy(LazyText { ShownStatus.text(of: reason, by: Server.self) }), timeout: timeout,
          site: CallSite(function, fileID, line)))
    }
  }

  /// Returns the reason once the server has ended, at once if it already has; `noProcess` for a name that nobody holds.
  ///
  /// Cancelling the task does not end the wait. A wait that could never end does not begin: when a process waits for
  /// its own end, it gets `failure` with `CallError.callingSelf` at once, and when it waits for a process that waits
  /// for it, `failure` with `CallError.deadlock`.
  nonisolated(nonsending) public func waitForExit(
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line
  ) async -> ExitReason {
    switch resolvedCore {
    case .success(let process): await process.reasonOfExit(CallSite(function, fileID, line))
    case .failure(.noConnection): .noConnection
    case .failure: .noProcess
    }
  }
}
