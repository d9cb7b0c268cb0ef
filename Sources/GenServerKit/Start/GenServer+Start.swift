extension GenServer {
  /// The type of a reference to this server: `let cache: Cache.Ref`.
  public typealias Ref = ServerRef<Self>

  /// Starts the server and returns when `initialize` has.
  ///
  /// ```swift
  /// let stack = try await Stack.start([1, 2, 3], name: .main)
  /// ```
  ///
  /// The server lives until it stops, whether or not anything refers to it. `initialize` runs inside the new process,
  /// which already has its pid and its name. With a `timeout`, the start throws when the time is up, and ends the
  /// process; see `StartError`. See `GenServer.start/3` in Elixir.
  ///
  /// - Parameters:
  ///   - argument: What `initialize` gets. It need not be `Sendable`, and cannot be used here afterwards.
  ///   - name: A name that no process of the runtime holds.
  ///   - timeout: How long `initialize` may take.
  ///   - options: Settings of this process that differ from the defaults.
  @inlinable nonisolated(nonsending) public static func start(
    _ argument: sending Argument, name: ProcessName<Self>? = nil, timeout: Timeout = .infinity,
    options: [StartOption] = []
  ) async throws(StartError) -> ServerRef<Self> {
    switch await ServerProcess<Self>.start(argument, name: name, timeout: timeout, options: options) {
    case .success(let process): return ServerRef(process)
    case .failure(let error): throw error
    }
  }

  /// Starts the server linked to the calling process, which becomes its parent.
  ///
  /// ```swift
  /// cache = try await Cache.startLink(configuration)       // in a handler
  /// ```
  ///
  /// From then on, when either ends for a reason other than `normal`, the other ends too, unless it traps exits. A
  /// server that traps exits still ends, after `terminate`, when its parent ends. A start that fails throws and sends
  /// no exit signal: nothing of it reaches the starter's mailbox. See `GenServer.start_link/3` in Elixir.
  ///
  /// - Throws: As `start`, and `notInsideAProcess`.
  @inlinable nonisolated(nonsending) public static func startLink(
    _ argument: sending Argument, name: ProcessName<Self>? = nil, timeout: Timeout = .infinity,
    options: [StartOption] = []
  ) async throws(StartError) -> ServerRef<Self> {
    let (runtime, starter) = Runtime.surroundings
    guard let parent = starter else { throw .notInsideAProcess }
    switch await ServerProcess<Self>.start(
      argument, name: name, timeout: timeout, options: options, tie: .link(parent, in: runtime))
    {
    case .success(let process): return ServerRef(process)
    case .failure(let error): throw error
    }
  }

  /// Starts the server watched by the calling raw process, which receives a `Down` when the server ends.
  ///
  /// ```swift
  /// let (job, monitor) = try await Job.startMonitored(plan)
  /// let down = try await process.receive(Down.self) { $0.monitor == monitor }
  /// ```
  ///
  /// The watch is set before `initialize` runs, so that the message always carries the reason. A start that fails
  /// throws and brings no message. A server watches another one with `ServerContext.monitor`. See
  /// `:gen_server.start_monitor/3` in OTP.
  ///
  /// - Throws: As `start`, and `notInsideAProcess` outside a raw process.
  @inlinable nonisolated(nonsending) public static func startMonitored(
    _ argument: sending Argument, name: ProcessName<Self>? = nil, timeout: Timeout = .infinity,
    options: [StartOption] = []
  ) async throws(StartError) -> (server: ServerRef<Self>, monitor: Monitor) {
    guard let slot = StartMonitor.ofStarter else { throw .notInsideAProcess }
    switch await ServerProcess<Self>.start(
      argument, name: name, timeout: timeout, options: options, tie: .monitor(slot))
    {
    case .success(let process): return (ServerRef(process), slot.started(process))
    case .failure(let error):
      slot.cancel()
      throw error
    }
  }

  /// A reference to the server of that name, which is looked up at each use.
  public static func named(_ name: ProcessName<Self>) -> ServerRef<Self> { .named(name) }

  /// The process that holds the name now, as a reference by pid; `GenServer.whereis/1` in Elixir.
  public static func whereis(_ name: ProcessName<Self>) -> ServerRef<Self>? {
    guard case .success(let process) = ServerRef.named(name).resolved else { return nil }
    return ServerRef(process)
  }
}

extension GenServer where Argument == Void {
  /// Starts a server that needs no argument; see `start(_:name:timeout:options:)`.
  @inlinable nonisolated(nonsending) public static func start(
    name: ProcessName<Self>? = nil, timeout: Timeout = .infinity, options: [StartOption] = []
  ) async throws(StartError) -> ServerRef<Self> {
    try await start((), name: name, timeout: timeout, options: options)
  }

  /// Starts a server that needs no argument, linked; see `startLink(_:name:timeout:options:)`.
  @inlinable nonisolated(nonsending) public static func startLink(
    name: ProcessName<Self>? = nil, timeout: Timeout = .infinity, options: [StartOption] = []
  ) async throws(StartError) -> ServerRef<Self> {
    try await startLink((), name: name, timeout: timeout, options: options)
  }

  /// Starts a server that needs no argument, watched; see `startMonitored(_:name:timeout:options:)`.
  @inlinable nonisolated(nonsending) public static func startMonitored(
    name: ProcessName<Self>? = nil, timeout: Timeout = .infinity, options: [StartOption] = []
  ) async throws(StartError) -> (server: ServerRef<Self>, monitor: Monitor) {
    try await startMonitored((), name: name, timeout: timeout, options: options)
  }
}
