public import GenServerKit

// The servers and processes that are started for one test, and stopped at its end.
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
  /// At the end the server is asked to stop with reason `shutdown`, so that `terminate` runs, and gets five seconds of
  /// real time.
  ///
  /// A crash that nobody expected fails the test, with the reason and the line of this start: otherwise the death of a
  /// server could go unseen. A crash counts as expected if the test waits for it with `expectExit(of:within:)`, or
  /// receives it as a `Down` or `Exit` with `RawProcess.expect`, or if the server was started with `mayCrash`. A kill
  /// is a crash; `normal`, `shutdown` and `shutdownBecause` are not. See `start_link_supervised!` of Elixir's ExUnit.
  ///
  /// - Parameters:
  ///   - type: The server's type.
  ///   - argument: What `initialize` gets.
  ///   - name: A name that no process of the runtime holds.
  ///   - options: Settings of this process that differ from the defaults.
  ///   - mayCrash: Whether a crash is no failure of the test.
  ///   - fileID: The file of the start, for the text of a failure.
  ///   - filePath: The path of that file.
  ///   - line: The line of the start.
  ///   - column: The column of the start.
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

  /// Starts a process without a server, which is told to exit with reason `shutdown` at the end of the test; its crash
  /// counts like that of a server.
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
