public import GenServerKit

// The servers and processes that are started for one run, and stopped at its end.
extension Simulation {
  /// The faults of this run.
  ///
  /// ```swift
  /// simulation.faults.inject(.kill(atMessage: 2), into: Worker.self)
  /// ```
  ///
  /// Whether a fault happens may depend on the order that the seed picks. So `simulate(seeds:)` fails because of a
  /// missing fault only if it happened with none of its seeds.
  public var faults: Faults { Faults(book: runtime.faults ?? FaultBook(), injected: injected) }

  /// Starts a server that is stopped when the body returns, before those that were started earlier, and whose crash
  /// fails the run if nobody expected it; see `TestRuntime.start`.
  ///
  /// ```swift
  /// try await simulate(seeds: 0..<1000) { simulation in
  ///   let queue = try await simulation.start(JobQueue.self, .init(workers: 3))
  ///   ...
  /// }
  /// ```
  ///
  /// The end of the run is part of the simulation: servers stop in an order that the seed picks, and the five seconds
  /// that each has are the simulation's.
  nonisolated(nonsending) public func start<Server: GenServer>(
    _ type: Server.Type, _ argument: sending Server.Argument, name: ProcessName<Server>? = nil,
    options: [StartOption] = [], mayCrash: Bool = false, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async throws(StartError) -> ServerRef<Server> {
    try await started.start(
      argument, name: name, options: options, mayCrash: mayCrash, at: SourcePlace(fileID, filePath, line, column))
  }

  /// Starts a server that needs no argument; see the other `start`.
  nonisolated(nonsending) public func start<Server: GenServer>(
    _ type: Server.Type, name: ProcessName<Server>? = nil, options: [StartOption] = [], mayCrash: Bool = false,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async throws(StartError) -> ServerRef<Server> where Server.Argument == Void {
    try await start(
      type, (), name: name, options: options, mayCrash: mayCrash, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }

  /// Starts a process without a server, which is told to exit with reason `shutdown` when the body returns; its crash
  /// counts like that of a server.
  @discardableResult public func spawn(
    mayCrash: Bool = false, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column, _ body: sending @escaping (RawProcess) async throws -> Void
  ) -> PID {
    started.spawn(mayCrash: mayCrash, at: SourcePlace(fileID, filePath, line, column), body)
  }
}
