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
    // The process is not bound to a name, which would retain it: senders on many threads would contend for its
    // reference count.
    if process == nil { return enqueueByName(.cast(cast, nil)) }
    return process.unsafelyUnwrapped.enqueue(.cast(cast, nil))
  }

  /// Puts a message into the mailbox; when that is full, `whenFull` decides instead of the mailbox's own policy.
  ///
  /// ```swift
  /// try await log.cast(.append(entry), whenFull: .wait)
  /// ```
  ///
  /// With `.wait` it returns when the message lies within the bound. Until then the message belongs to the sender,
  /// which takes it back when it is cancelled or its time is up. It waits as long as `within(_:)` says, or else as long
  /// as it takes.
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
      // The message may fit without a wait, so try that first. A process that waited for itself or in a circle would
      // wait for ever.
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
