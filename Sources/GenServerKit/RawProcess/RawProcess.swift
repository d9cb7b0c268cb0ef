/// A process without a server: its body receives the messages that it asks for, in the order in which it asks for them.
///
/// ```swift
/// let echo = spawn { process in
///   while true {
///     let (text, sender) = try await process.receive((String, PID).self)
///     sender.send(text)
///   }
/// }
/// ```
///
/// It lives as long as its body runs. Once the process has been told to exit, every `receive` throws the exit reason,
/// and a body that lets the error pass ends with that reason. Everything here is for the process's own task: a message
/// that a child task receives is lost to the process.
public struct RawProcess {
  let core: RawProcessCore

  init(_ core: RawProcessCore) { self.core = core }

  /// The process's identity, to hand to others.
  public var pid: PID { PID(core) }

  /// The present instant on the runtime's clock, which a test can move.
  public var now: ContinuousClock.Instant { ContinuousClock.Instant(nanoseconds: core.runtime.now()) }

  // Receive.

  /// Takes the first message, whatever it is: a value that was sent, a `Down`, or an `Exit`.
  ///
  /// - Throws: The exit reason when the process has been told to exit; `failure(CancellationError())` in a cancelled
  ///   task.
  nonisolated(nonsending) public func receive() async throws(ExitReason) -> any Sendable {
    while true {
      if let message = try await core.receive(until: .max, where: { _ in .wanted }) { return message }
    }
  }

  /// Takes the first message, or returns nil when the time is up.
  nonisolated(nonsending) public func receive(timeout: Timeout) async throws(ExitReason) -> (any Sendable)? {
    try await core.receive(until: timeout.deadline(in: core.runtime)) { _ in .wanted }
  }

  /// Takes the first message of that type that `isWanted` accepts, and leaves the others in their order; selective
  /// receive in Erlang.
  nonisolated(nonsending) public func receive<Message: Sendable>(
    _ type: Message.Type, where isWanted: (Message) -> Bool = { _ in true }
  ) async throws(ExitReason) -> Message {
    while true {
      if let message = try await receive(type, until: .max, isWanted) { return message }
    }
  }

  /// Takes the first message of that type that `isWanted` accepts, or returns nil when the time is up.
  nonisolated(nonsending) public func receive<Message: Sendable>(
    _ type: Message.Type, timeout: Timeout, where isWanted: (Message) -> Bool = { _ in true }
  ) async throws(ExitReason) -> Message? {
    try await receive(type, until: timeout.deadline(in: core.runtime), isWanted)
  }

  /// Takes the first message of that type, or throws the reason for which `pid` ended before it came.
  nonisolated(nonsending) public func receive<Message: Sendable>(
    _ type: Message.Type, orDownOf pid: PID
  ) async throws(ExitReason) -> Message {
    let monitor = core.monitor(pid.core, name: nil)
    defer { core.end(monitor) }
    switch try await core.receive(type, orDownBy: monitor, until: .max) {
    case .message(let message): return message
    case .down(let reason): throw reason
    case .timeout: throw .noProcess
    }
  }

  private nonisolated(nonsending) func receive<Message: Sendable>(
    _ type: Message.Type, until deadline: Int64, _ isWanted: (Message) -> Bool
  ) async throws(ExitReason) -> Message? {
    // The result is unwrapped first: a time-out is no message, even where nil could be one.
    let received = try await core.receive(until: deadline) { message in
      guard let value = message.value(as: type) else { return message.answerToOtherTypes }
      return isWanted(value) ? .wanted : .unwanted
    }
    guard let message = received else { return nil }
    return message as? Message
  }

  // Signals.

  /// Watches a process, whose end arrives as a `Down`, at once with `noProcess` if it has already ended.
  @discardableResult public func monitor(_ pid: PID) -> Monitor { core.monitor(pid.core, name: nil) }

  /// Watches a server; by name, the process that holds the name now.
  @discardableResult public func monitor<Server: GenServer>(_ server: ServerRef<Server>) -> Monitor {
    guard let process = server.process else {
      return core.monitor(server.holder(in: core.runtime), name: server.address?.text)
    }
    return core.monitor(process, name: nil)
  }

  /// Ends the watch, and takes its message out of the mailbox if it is there already.
  ///
  /// It has no effect on a watch that another process set.
  public func demonitor(_ monitor: Monitor) { core.end(monitor) }

  /// Links the process to another one; see `ServerContext.link(_:)`.
  public func link(_ pid: PID) { core.link(to: pid.core) }

  /// Links the process to a server; by name, to the process that holds the name now.
  ///
  /// ```swift
  /// process.trapExits()
  /// process.link(cache)
  /// let exit = try await process.receive(Exit.self)
  /// ```
  public func link<Server: GenServer>(_ server: ServerRef<Server>) { core.link(to: server.watched(in: core.runtime)) }

  /// Takes the link away, whichever process made it; it has no effect if there is none.
  public func unlink(_ pid: PID) { core.unlink(from: pid.core) }

  /// Takes the link to a server away, such as the one that `startLink` made: `process.unlink(try await
  /// Cache.startLink())`.
  public func unlink<Server: GenServer>(_ server: ServerRef<Server>) {
    core.unlink(from: server.watched(in: core.runtime))
  }

  /// Receives each exit signal except a kill as an `Exit` from now on. Returns whether exits were trapped before.
  @discardableResult public func trapExits() -> Bool { core.setTrapsExits(true) }

  /// Lets exit signals end the process again. Returns whether exits were trapped before.
  @discardableResult public func stopTrappingExits() -> Bool { core.setTrapsExits(false) }

  /// Takes a name, which is free again when the process has ended.
  ///
  /// ```swift
  /// try process.register("clock")
  /// ...
  /// RawProcess.whereis("clock")?.send(Tick())     // from anywhere
  /// ```
  ///
  /// A process has one plain name at most, and any number in registries. See `Process.register/2` in Elixir.
  ///
  /// - Throws: `NameError.taken` with the process that holds it, `alreadyNamed`, `emptyName`, `refused`,
  ///   `notOnThisNode`, and `noProcess` once the process has ended.
  public func register(_ name: ProcessName<RawProcess>) throws(NameError) { try core.register(name.address) }

  /// Gives a name back; see `Process.unregister/1` in Elixir.
  ///
  /// - Throws: `NameError.notRegistered`, and `noProcess` once the process has ended.
  public func unregister(_ name: ProcessName<RawProcess>) throws(NameError) { try core.unregister(name.address) }

  /// The process without a server that holds the name now; `Process.whereis/1` in Elixir.
  ///
  /// ```swift
  /// guard let clock = RawProcess.whereis("clock") else { return }
  /// clock.send(Tick())
  /// ```
  ///
  /// It is nil for a name that nobody holds or that a server holds; `whereis` of the server's type finds the server.
  public static func whereis(_ name: ProcessName<RawProcess>) -> PID? {
    let (address, runtime) = (name.address, Runtime.current)
    if let node = address.node, node != runtime.node { return nil }
    return (address.holder(in: runtime) as? RawProcessCore).map { PID($0) }
  }

  /// Starts a process that is linked to this one; there is no moment in which it lives without the link.
  @discardableResult public func spawnLink(
    fileID: StaticString = #fileID, line: UInt = #line, _ body: sending @escaping (RawProcess) async throws -> Void
  ) -> PID { RawProcessCore.spawn(body, at: SpawnSite(fileID, line), linkedTo: core) }

  /// Starts a process that this one watches from its beginning.
  public func spawnMonitored(
    fileID: StaticString = #fileID, line: UInt = #line, _ body: sending @escaping (RawProcess) async throws -> Void
  ) -> (pid: PID, monitor: Monitor) {
    let process = RawProcessCore(in: core.runtime, at: SpawnSite(fileID, line), body: body)
    let isRefused = process.enter(startedBy: core) != nil
    let monitor = core.monitor(process, name: nil)
    process.begin(isRefused: isRefused)
    return (PID(process), monitor)
  }

  /// Gives up spare memory, and returns when there is a message to receive; at once if one waits already.
  ///
  /// ```swift
  /// while true {
  ///   try await process.hibernate()
  ///   handle(try await process.receive())
  /// }
  /// ```
  ///
  /// This is for processes that wait for a long time. Nothing is lost: what the body holds stays, and the message is
  /// left for `receive`. See `:proc_lib.hibernate/3` in OTP.
  ///
  /// - Throws: As `receive`.
  nonisolated(nonsending) public func hibernate() async throws(ExitReason) { try await core.hibernate() }

  /// The process as it looks from outside.
  public var snapshot: ProcessSnapshot { core.snapshot }
}

@available(*, unavailable) extension RawProcess: Sendable {}

/// Starts a process that lives as long as `body` runs; an error that leaves it is its exit reason.
///
/// ```swift
/// let worker = spawn { process in
///   let job = try await process.receive(Job.self)
///   try await job.run()
/// }
/// ```
///
/// It is not linked to the process that starts it. The body begins on another thread. See `spawn/1` in Elixir.
@discardableResult public func spawn(
  fileID: StaticString = #fileID, line: UInt = #line, _ body: sending @escaping (RawProcess) async throws -> Void
) -> PID { RawProcessCore.spawn(body, at: SpawnSite(fileID, line)) }

/// Makes a process of the current task while `body` runs: it can then link, monitor, trap exits and receive.
///
/// ```swift
/// try await withProcess { process in
///   let cache = try await Cache.startLink()
///   process.trapExits()
///   ...
/// }
/// ```
///
/// The process ends when `body` does: with reason `normal`, or with the error that leaves it. An exit signal makes
/// every `receive` throw, and does not cancel the task. In a runtime that is shut down, every `receive` throws
/// `shutdown`.
@discardableResult
nonisolated(nonsending) public func withProcess<Result: ~Copyable, Failure>(
  fileID: StaticString = #fileID, line: UInt = #line,
  _ body: nonisolated(nonsending) (RawProcess) async throws(Failure) -> Result
) async throws(Failure) -> Result {
  let outer = ProcessCore.ownProcess
  let (runtime, starter) = Runtime.surroundings
  let core = RawProcessCore(in: runtime, isTask: true, outer: outer, at: SpawnSite(fileID, line))
  let isRefused = core.enter(startedBy: starter) != nil
  let number = core.beginAsTask()
  // The process outside, if there is one, waits for this one: a call from here back to it would close a circle.
  let wait = outer.map { Waiter(on: core, caller: $0, waitsAsProcess: true) }
  if let wait { _ = WaitGraph.shared.mark(wait) }
  if isRefused { core.signalExit(.shutdown) }
  var result: Swift.Result<Result, Failure>?
  var reason = ExitReason.normal
  await Ambient.$identity.withValue(Ambient.Identity(process: core, activation: number)) {
    core.enterTask()
    do throws(Failure) {
      result = .success(try await body(RawProcess(core)))
    } catch {
      result = .failure(error)
      reason = ExitReason(thrown: error)
    }
  }
  if let wait { WaitGraph.shared.unmark(wait) }
  core.endActivation()
  core.finish(reason)
  return try result.take()!.get()
}
