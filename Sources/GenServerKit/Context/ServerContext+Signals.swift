extension ServerContext {
  /// Watches a process: its end arrives as one message, at once with `noProcess` if it has already ended.
  ///
  /// ```swift
  /// context.monitor(worker) { .workerDown($0) }
  /// ```
  ///
  /// Each watch brings one message, even when there are several on one process. These messages pass a mailbox's bound.
  /// The watches end with the server. See `Process.monitor/1` in Elixir.
  @discardableResult public func monitor(
    _ pid: PID, as message: @escaping @Sendable (Down) -> Server.Info
  ) -> Monitor { process.monitor(pid.core, name: nil, message) }

  /// Watches a server; by name, the process that holds the name now.
  @discardableResult public func monitor<Other: GenServer>(
    _ server: ServerRef<Other>, as message: @escaping @Sendable (Down) -> Server.Info
  ) -> Monitor {
    process.monitor(server.watched(in: process.runtime), name: server.address?.text, message)
  }

  /// Watches the caller of a request: one message comes when it gives up or ends before it is answered, none after an
  /// answer.
  ///
  /// ```swift
  /// case .checkOut(let client):
  ///   waiting.append(Waiting(client: client, monitor: context.monitor(client) { .clientLeft($0) }))
  ///   return .noReply
  /// ```
  ///
  /// The reason is that of the calling process if it ended, else `failure` with a `CallError`, `timeout` or
  /// `cancelled`. For a caller that is no process, the pid belongs to no process that ever lived: tell callers apart by
  /// the monitor. A caller that gives up goes on only once the message lies in the mailbox, so what it sends then comes
  /// behind that message.
  @discardableResult public func monitor<Value>(
    _ client: ReplyTo<Value>, as message: @escaping @Sendable (Down) -> Server.Info
  ) -> Monitor { process.monitor(client.node, message) }

  /// Ends the watch, and takes its message out of the mailbox if it is there already; `Process.demonitor/2` with
  /// `flush`.
  ///
  /// It has no effect on a watch that another process set.
  public func demonitor(_ monitor: Monitor) { process.end(monitor) }

  /// Links the server to a process: when either ends for a reason other than `normal`, the other ends too, or gets a
  /// message if it traps exits. Linking to a process that has ended brings an exit signal with `noProcess`. See
  /// `Process.link/1` in Elixir.
  public func link(_ pid: PID) { process.link(to: pid.core) }

  /// Links the server to another one.
  public func link<Other: GenServer>(_ server: ServerRef<Other>) {
    process.link(to: server.watched(in: process.runtime))
  }

  /// Takes the link away, whichever process made it; it has no effect if there is none.
  public func unlink(_ pid: PID) { process.unlink(from: pid.core) }

  /// Takes the link to another server away, such as the one that `startLink` made.
  ///
  /// ```swift
  /// let file = try await LogFile.startLink(path)
  /// context.unlink(file)                        // it may crash without us from now on
  /// ```
  public func unlink<Other: GenServer>(_ server: ServerRef<Other>) {
    process.unlink(from: server.watched(in: process.runtime))
  }

  /// Makes a message of each exit signal from now on. A signal from the parent still ends the server, after
  /// `terminate`, and so does a kill, without it. Returns whether exits were trapped before. See
  /// `Process.flag(:trap_exit, true)` in Elixir.
  @discardableResult public func trapExits(as message: @escaping @Sendable (Exit) -> Server.Info) -> Bool {
    process.setTrapsExits(true, translation: ExitTranslation<Server>(message))
  }

  /// Lets exit signals end the server again. Returns whether they arrived as messages before.
  ///
  /// Signals that lie in the mailbox already are still delivered as the messages that they became when they came.
  @discardableResult public func stopTrappingExits() -> Bool { process.setTrapsExits(false) }

  /// Starts a raw process that is linked to this server.
  @discardableResult public func spawnLink(
    fileID: StaticString = #fileID, line: UInt = #line, _ body: sending @escaping (RawProcess) async throws -> Void
  ) -> PID { RawProcessCore.spawn(body, at: SpawnSite(fileID, line), linkedTo: process) }

  /// The server as it looks from outside; all messages that wait are counted.
  public var snapshot: ProcessSnapshot { process.snapshot(taken: process.batch.count) }
}

extension ServerRef {
  /// The process that the reference leads to; for a name that nobody holds, a process that has never lived.
  @inline(__always) func watched(in runtime: Runtime) -> ProcessCore { process ?? holder(in: runtime) }

  func holder(in runtime: Runtime) -> ProcessCore {
    switch lookup() {
    case .success(let process): process
    case .failure(.noConnection):
      .absent(type: "\(Server.self)", name: address, in: runtime, reason: .noConnection)
    case .failure: .absent(type: "\(Server.self)", name: address, in: runtime)
    }
  }
}

/// The function by which a server makes a message of an exit signal.
final class ExitTranslation<Server: GenServer>: Sendable {
  let message: @Sendable (Exit) -> Server.Info

  init(_ message: @escaping @Sendable (Exit) -> Server.Info) { self.message = message }
}

/// A server's watch on a process.
final class ServerMonitor<Server: GenServer>: ProcessMonitor, @unchecked Sendable {
  // Unchecked: inherited; touched by the watcher, and at the end by whoever ends the watch.
  @exclusivity(unchecked) fileprivate var message: (@Sendable (Down) -> Server.Info)?

  override func forgetMessage() { message = nil }
}

extension ServerProcess {
  fileprivate func monitor(
    _ target: ProcessCore, name: String?, _ message: @escaping @Sendable (Down) -> Server.Info
  ) -> Monitor {
    let monitor =
      keptAgain(on: target, name: name).map { unsafeDowncast($0, to: ServerMonitor<Server>.self) }
      ?? keep(ServerMonitor<Server>(self, on: target, name: name))
    monitor.message = message
    monitor.start()
    return Monitor(monitor)
  }

  fileprivate func monitor(_ client: ReplyNode, _ message: @escaping @Sendable (Down) -> Server.Info) -> Monitor {
    let caller = client.caller
    let target = caller ?? .absent(type: "caller that is no process", name: nil, in: runtime)
    let monitor = keep(ServerMonitor<Server>(self, on: target, name: nil))
    monitor.message = message
    monitor.start(on: client, isProcess: caller != nil)
    return Monitor(monitor)
  }

  /// Handles the end of a watched process.
  func handle(_ monitor: ProcessMonitor, _ reason: ExitReason) -> Verdict {
    guard let message = message(of: monitor, reason) else { return .goOn }
    return handle(message, nil)
  }

  func message(of monitor: ProcessMonitor, _ reason: ExitReason) -> Server.Info? {
    guard monitor.isDelivered(), let own = monitor as? ServerMonitor<Server> else { return nil }
    return own.message?(own.down(reason))
  }

  /// Handles a trapped exit signal.
  func handle(_ exit: Exit, _ translation: AnyObject?) -> Verdict {
    if exit.pid.core === parent { return end(EndRequest(exit.reason)) }
    guard let message = message(of: exit, translation) else { return handle(ForeignMessage(exit, from: exit.pid)) }
    return handle(message, nil)
  }

  func message(of exit: Exit, _ translation: AnyObject?) -> Server.Info? {
    (translation as? ExitTranslation<Server>)?.message(exit)
  }
}
