extension Sequence {
  /// Calls every server of the sequence, and returns the answers, and for each server that did not answer why; it never
  /// throws.
  ///
  /// ```swift
  /// let (sizes, missing) = await shelves.callAll(timeout: .seconds(1)) { .size($0) }
  /// let total = sizes.reduce(0) { $0 + $1.value }
  /// for (shelf, error) in missing { logger.warning("\(shelf) did not answer: \(error)") }
  /// ```
  ///
  /// All requests are sent before the first answer is awaited, so that the servers work side by side. One time-out
  /// covers all of them, whatever `within(_:)` says of each. Both lists are in the order of the sequence. A server that
  /// has gone, ends, or is the caller itself is among the failures, with the error that a call to it would throw; when
  /// the time is up, or the task is cancelled, so is every server that has not answered. Those requests are abandoned:
  /// a server skips one that it has not begun, and a late answer goes nowhere. A task that is cancelled already sends
  /// nothing. See `GenServer.multi_call/4` in Elixir, which waits without a limit unless told otherwise.
  ///
  /// - Parameters:
  ///   - timeout: How long all of it may take.
  ///   - function: The caller, for the text of errors.
  ///   - fileID: Its file, for the same.
  ///   - line: Its line, for the same.
  ///   - request: Makes each server's request out of a reply handle of its own. It runs again, with a spent handle, for
  ///     the text of an error.
  nonisolated(nonsending) public func callAll<Server: GenServer, Value: Sendable>(
    timeout: Timeout = .seconds(5), function: StaticString = #function, fileID: StaticString = #fileID,
    line: UInt = #line, _ request: (ReplyTo<Value>) -> Server.Call
  ) async -> (
    replies: [(server: ServerRef<Server>, value: Value)], failures: [(server: ServerRef<Server>, error: CallError)]
  ) where Element == ServerRef<Server> {
    let site = CallSite(function, fileID, line)
    let deadline = timeout.deadline(in: .current)
    let isCancelled = Task.isCancelled
    let pending = map { server in
      let state = server.pendingState("callAll", site, timeout: timeout, until: deadline, sends: !isCancelled, request)
      return (server: server, state: state)
    }
    // Awaiting one after the other takes no longer than awaiting all at once, and the check for circles sees each wait.
    var replies: [(server: ServerRef<Server>, value: Value)] = []
    var failures: [(server: ServerRef<Server>, error: CallError)] = []
    for (server, state) in pending {
      switch await state.finalOutcome(until: deadline) {
      case .success(let value): replies.append((server, value))
      case .failure(let error):
        let details = CallDetails(
          server: CalledServer(server), verb: "callAll", request: .of(request(ReplyTo(.spent)), to: Server.self),
          timeout: timeout, site: site)
        failures.append((server, error.with(details)))
      }
    }
    return (replies, failures)
  }

  /// Puts a message into the mailbox of every server of the sequence and goes on; it never fails and never waits.
  ///
  /// ```swift
  /// nodes.map { Cache.named(.main.on($0)) }.castAll(.clear)
  /// ```
  ///
  /// What became of each message is returned, in the order of the sequence, and can be ignored: servers that have gone
  /// and names that nobody holds are silent, as in `cast(_:)`. See `GenServer.abcast/3` in Elixir.
  @discardableResult public func castAll<Server: GenServer>(_ cast: Server.Cast) -> [Delivery]
  where Element == ServerRef<Server> { map { $0.cast(cast) } }
}
