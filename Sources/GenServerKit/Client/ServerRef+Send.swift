extension ServerRef {
  /// Puts a message into the mailbox and goes on; it never fails and never waits.
  ///
  /// ```swift
  /// cache.cast(.put(key, value))
  /// ```
  ///
  /// What became of the message is returned, and can be ignored: a server that has gone, a name that nobody holds and a
  /// mailbox that is full are all silent, as in `GenServer.cast/2` of Elixir. Messages of one sender arrive in order.
  @inlinable @discardableResult public func cast(_ cast: Server.Cast) -> Delivery {
    // Without a name for the process, which would be retained: senders on many threads would pass its count around.
    if process == nil { return enqueueByName(.cast(cast, nil)) }
    return process.unsafelyUnwrapped.enqueue(.cast(cast, nil))
  }

  /// Puts a message into the mailbox, and does what is asked when it is full, whatever the mailbox's own policy.
  ///
  /// ```swift
  /// try await log.cast(.append(entry), whenFull: .wait)
  /// ```
  ///
  /// With `.wait` it returns when the message lies within the bound. Until then the message is the sender's: one that is
  /// cancelled, or whose time is up, takes it back. The time is what `within(_:)` says, or else as long as it takes.
  ///
  /// - Throws: `CallError.overloaded` when the message was refused, `noProcess`, `exit` when the server ended while the
  ///   sender waited, `timeout`, `cancelled`, `callingSelf` when a server would wait for room in its own mailbox, and
  ///   `deadlock` when the wait would close a circle.
  nonisolated(nonsending) public func cast(
    _ cast: Server.Cast, whenFull: OverflowPolicy, timeout: Timeout? = nil, function: StaticString = #function,
    fileID: StaticString = #fileID,
    line: UInt = #line
  ) async throws(CallError) {
    if let error = await deliver(cast, whenFull, timeout ?? self.timeout ?? .infinity) {
      throw error.with(
        CallDetails(
          server: CalledServer(self), verb: "cast", request: .of(cast, to: Server.self),
          site: CallSite(function, fileID, line)))
    }
  }

  private nonisolated(nonsending) func deliver(
    _ cast: Server.Cast, _ whenFull: OverflowPolicy, _ timeout: Timeout
  ) async -> CallError? {
    let process: ServerProcess<Server>
    switch resolved {
    case .success(let found): process = found
    case .failure(let error): return error
    }
    if Task.isCancelled { return .cancelled() }
    guard whenFull == .wait, process.limit != nil else {
      switch process.enqueueWithLimit(.cast(cast, nil), policy: whenFull) {
      case .enqueued, .dropped: return nil
      case .refused: return .overloaded()
      case .noProcess: return .noProcess()
      }
    }
    let own = ProcessCore.ownProcess
    if own != nil {
      // There may be room without a wait, and a process that waits for itself or in a circle waits for ever.
      switch process.enqueueWithLimit(.cast(cast, nil), policy: .refuse) {
      case .enqueued, .dropped: return nil
      case .noProcess: return .noProcess()
      case .refused: break
      }
      if own === process { return .callingSelf() }
    }
    let waiter = Waiter(on: process, caller: own ?? ProcessCore.ambient, waitsAsProcess: own != nil)
    if let circle = WaitGraph.shared.mark(waiter) { return .deadlock(circle) }
    let (delivery, place) = process.put(.cast(cast, nil), policy: .wait, waits: true, sender: waiter)
    if let place { waiter.waits(with: place) }
    switch await process.wait(waiter, until: process.deadline(of: timeout), delivery) {
    case .exited(let reason): return .exit(reason)
    case .failed(let error): return error
    case .answered, .admitted, .started: return nil
    }
  }

  /// Sends a value of the server's `Info`; like `cast`, it never fails and never waits. See `send/2` in Elixir.
  @inlinable @discardableResult public func send(_ info: Server.Info) -> Delivery {
    if process == nil { return enqueueByName(.info(info, nil)) }
    return process.unsafelyUnwrapped.enqueue(.info(info, nil))
  }

  @usableFromInline @inline(never) func enqueueByName(_ envelope: consuming Envelope<Server>) -> Delivery {
    guard case .success(let process) = lookup() else { return .noProcess }
    return process.enqueue(envelope)
  }
}
