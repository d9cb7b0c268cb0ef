public import GenServerKit

// What is started for one test, and stopped at its end.
extension TestRuntime {
  /// Starts a server that is stopped at the end of the test, before those that were started earlier.
  ///
  /// ```swift
  /// try await withTestRuntime { test in
  ///   let counter = try await test.start(Counter.self, 0)
  ///   #expect(try await counter.increment() == 1)
  /// }
  /// ```
  ///
  /// At the end it is asked to stop with reason `shutdown`, so that `terminate` runs, and gets five seconds on the wall.
  ///
  /// A crash that nobody expected fails the test, with the reason and the line of this start: a server that dies on the
  /// side would go unseen otherwise. Expected is one that the test waits for with `expectExit(of:within:)`, or receives as a
  /// `Down` or `Exit` with `RawProcess.expect`, and any of a server started with `mayCrash`. A kill is a crash; `normal`,
  /// `shutdown` and `shutdownBecause` are none. See `start_link_supervised!` of Elixir's ExUnit.
  ///
  /// - Parameters:
  ///   - type: The server's type.
  ///   - argument: What `initialize` gets.
  ///   - name: A name that no process of the runtime holds.
  ///   - options: What is different for this process.
  ///   - mayCrash: Whether a crash is no failure of the test.
  ///   - fileID: Where it is started, for failures.
  ///   - filePath: The same.
  ///   - line: The same.
  ///   - column: The same.
  /// - Throws: As `GenServer.start`.
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

  /// Starts a process without a server, which is told to exit with reason `shutdown` at the end of the test; its crash is
  /// as that of a server.
  ///
  /// ```swift
  /// let echo = test.spawn { process in
  ///   let (text, sender) = try await process.receive((String, PID).self)
  ///   sender.send(text)
  /// }
  /// ```
  @discardableResult public func spawn(
    mayCrash: Bool = false, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column, _ body: sending @escaping (RawProcess) async throws -> Void
  ) -> PID {
    started.spawn(mayCrash: mayCrash, at: SourcePlace(fileID, filePath, line, column), body)
  }
}
