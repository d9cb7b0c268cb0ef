/// Looks into any server while it runs; `:sys` in OTP.
///
/// ```swift
/// let size = try await Sys.state(of: cache) { $0.entries.count }
/// try await Sys.suspend(worker)
/// ```
///
/// The server itself does what is asked, between two messages, so nothing is seen half done. A request takes its place in
/// the mailbox, passes its bound, and reaches a suspended server at once. Each function throws what a call would:
/// `noProcess`, `exit`, `timeout`, `cancelled`, and `callingSelf` in the server's own handler.
public enum Sys {
  /// A copy of the state.
  nonisolated(nonsending) public static func state<Server: GenServer & Sendable>(
    of server: ServerRef<Server>, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) -> Server {
    try await state(of: server, timeout: timeout, function: function, fileID: fileID, line: line) { $0 }
  }

  /// Reads something out of a state that cannot leave its process.
  nonisolated(nonsending) public static func state<Server: GenServer, Value: Sendable>(
    of server: ServerRef<Server>, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line, _ read: @escaping @Sendable (Server) -> Value
  ) async throws(CallError) -> Value {
    try await server.perform("state", timeout, CallSite(function, fileID, line)) { process, client in
      if let state = process.server { client.reply(read(state)) }
      return .goOn
    }
  }

  /// Changes the state.
  nonisolated(nonsending) public static func replaceState<Server: GenServer>(
    of server: ServerRef<Server>, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line, _ change: @escaping @Sendable (inout Server) -> Void
  ) async throws(CallError) {
    try await server.perform("replaceState", timeout, CallSite(function, fileID, line)) { process, client in
      if var state = process.server.take() {
        change(&state)
        process.server = state
        client.reply(())
      }
      return .goOn
    }
  }

  /// What people may see of the server, as text: whether it runs, its parent, and the state as `formatStatus` shows it.
  nonisolated(nonsending) public static func status<Server: GenServer>(
    of server: ServerRef<Server>, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) -> String {
    try await server.perform("status", timeout, CallSite(function, fileID, line)) { process, client in
      let parent = process.parent.map { "\(PID($0))" } ?? "none"
      client.reply(
        "\(process.title) \(process.isPaused ? "suspended" : "running"), parent \(parent), state "
          + process.describe(message: nil).state)
      return .goOn
    }
  }

  /// Lets messages wait, and handles requests of this kind and stops only, until `resume`. Twice is as once.
  nonisolated(nonsending) public static func suspend<Server: GenServer>(
    _ server: ServerRef<Server>, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) {
    try await server.perform("suspend", timeout, CallSite(function, fileID, line)) { process, client in
      process.pause()
      client.reply(())
      return .goOn
    }
  }

  /// Lets a suspended server go on with what has come meanwhile.
  nonisolated(nonsending) public static func resume<Server: GenServer>(
    _ server: ServerRef<Server>, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) {
    try await server.perform("resume", timeout, CallSite(function, fileID, line)) { process, client in
      process.unpause()
      client.reply(())
      return .goOn
    }
  }

  /// Lets the server end with `reason`, after `terminate`, and returns when it is about to.
  nonisolated(nonsending) public static func terminate<Server: GenServer>(
    _ server: ServerRef<Server>, _ reason: ExitReason, timeout: Timeout = .seconds(5),
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line
  ) async throws(CallError) {
    try await server.perform("terminate", timeout, CallSite(function, fileID, line)) { process, client in
      client.reply(())
      return process.end(EndRequest(reason))
    }
  }
}

/// What the server does for one of these requests, in its own turn.
final class SystemTask<Server: GenServer>: Sendable {
  let run: @Sendable (ServerProcess<Server>) -> ServerProcess<Server>.Verdict

  init(_ run: @escaping @Sendable (ServerProcess<Server>) -> ServerProcess<Server>.Verdict) { self.run = run }
}

extension ServerRef {
  fileprivate nonisolated(nonsending) func perform<Value: Sendable>(
    _ verb: String, _ timeout: Timeout, _ site: CallSite,
    _ task: @escaping @Sendable (ServerProcess<Server>, ReplyTo<Value>) -> ServerProcess<Server>.Verdict
  ) async throws(CallError) -> Value {
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
      CallDetails(
        caller: ProcessCore.ambient.map { PID($0) }, server: description, verb: verb, request: "",
        timeout: timeout.description, site: site))
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
    case .admitted, .started: return .failure(.noReply())
    }
  }

  /// Not async, so that the reply node is gone from here before the caller waits.
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
      runtime.waitGraph.unmark(waiter)
      return .failure(.noProcess())
    }
  }

  // The holder's side.

  func run(_ task: AnyObject) -> Verdict { (task as? SystemTask<Server>)?.run(self) ?? .goOn }

  /// A request of the system. It takes the run right whatever lies in the mailbox: a suspended server has let go of it.
  @usableFromInline func post(_ message: SystemMessage) -> Bool {
    lock.lock()
    if isClosed {
      lock.unlock()
      return false
    }
    inbox.append(.system(message))
    let submits = kick()
    lock.unlock()
    if submits { submit() }
    return true
  }

  /// What a suspended server does with the run right: requests of the system, and the end of its parent.
  @usableFromInline @inline(never) func drainPaused() {
    while isPaused {
      if isExiting { return endByExit() }
      clearMore()
      guard let message = takeUrgent() else {
        if release() { return }
        continue
      }
      if handle(message) == .ended { return }
    }
    drain()
  }

  private func takeUrgent() -> SystemMessage? {
    let parent = parent
    let isUrgent: (borrowing Envelope<Server>) -> Bool = { $0.isUrgent(forChildOf: parent) }
    if let envelope = batch.removeFirst(where: isUrgent) { return envelope.takeSystem() }
    lock.lock()
    var envelope = inbox.removeFirst(where: isUrgent)
    lock.unlock()
    return envelope.take()?.takeSystem()
  }
}

extension ProcessCore {
  /// By the holder of the run right: only the scheduler runs the process from now on.
  final func pause() {
    guard !isPaused else { return }
    isPaused = true
    holdLending()
  }

  final func unpause() {
    guard isPaused else { return }
    isPaused = false
    resumeLending()
  }
}
