public import GenServerKit

// The steps of a test of async handlers, or of plain ones in an async test.
extension HandlerTest {
  /// Runs `initialize`, plain or async.
  ///
  /// ```swift
  /// var test = try await HandlerTest<Indexer>(initializing: Index())
  /// ```
  ///
  /// - Throws: The `StartError` that a start would throw.
  nonisolated(nonsending) public init(
    initializing argument: sending Server.Argument, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async throws {
    let stage = Stage<Server>()
    // The argument is handed over once, as `sending` says.
    nonisolated(unsafe) let argument = argument
    switch try await stage.initializeInTask(argument) {
    case .ok(let state, let action): self.init(state, on: stage, then: action)
    case .failed(let error): throw error
    case .notHere: throw Self.isAsync("initialize", SourcePlace(fileID, filePath, line, column))
    }
  }

  /// Makes a call, and handles it.
  ///
  /// ```swift
  /// #expect(try await test.call { .pop($0) }.reply == .success(2))
  /// ```
  ///
  /// - Parameters:
  ///   - caller: The process that calls; nil for a task that is no process.
  ///   - timeout: How long the caller waits, by the test's time; without it the caller never gives up.
  ///   - request: Makes the request from a handle for its answer.
  ///   - fileID: The file of the call, for the text of a failure.
  ///   - filePath: The path of that file.
  ///   - line: The line of the call.
  ///   - column: The column of the call.
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  nonisolated(nonsending) public mutating func call<Value: Sendable>(
    from caller: PID? = nil, timeout: Duration? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column,
    _ request: (ReplyTo<Value>) -> Server.Call
  ) async throws -> TestCall<Server, Value> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    let pending = post(from: caller, timeout, request)
    return TestCall(pending, try await handleWaiting(place))
  }

  /// Casts, and handles the message.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult nonisolated(nonsending) public mutating func cast(
    _ cast: Server.Cast, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) async throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    stage.server.post(cast: cast)
    return try await handleWaiting(place)
  }

  /// Sends a value of the server's `Info`, and handles it.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult nonisolated(nonsending) public mutating func send(
    _ info: Server.Info, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) async throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    stage.server.post(info: info)
    return try await handleWaiting(place)
  }

  /// Sends a value that is not of the server's `Info` type, and handles it with `handleUnexpected`.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult nonisolated(nonsending) public mutating func sendUnexpected(
    _ message: some Sendable, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) async throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    context.pid.send(message)
    return try await handleWaiting(place)
  }

  /// Makes a monitored process end, and handles the message.
  ///
  /// ```swift
  /// try await test.down(test.monitors[0], .killed)
  /// ```
  ///
  /// A stand-in really ends: every watch on it brings its message, and a link its signal. Any other process goes on,
  /// and only this watch is told.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped or has no such watch.
  @discardableResult nonisolated(nonsending) public mutating func down(
    _ monitor: Monitor, _ reason: ExitReason, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) async throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try end(monitor, reason, place)
    return try await handleWaiting(place)
  }

  /// Sends the server an exit signal, and handles the message if it traps exits; a linked stand-in ends with it.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult nonisolated(nonsending) public mutating func exit(
    of process: PID, _ reason: ExitReason, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) async throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    stage.server.receiveExit(reason, from: process)
    return try await handleWaiting(place)
  }

  /// Answers a request that the server made with `context.request`, and handles the message.
  ///
  /// ```swift
  /// try await test.answer(test.requests[0], .success(3))
  /// ```
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped, or if the request is not
  ///   for a value of that type or waits no longer.
  @discardableResult nonisolated(nonsending) public mutating func answer<Value: Sendable>(
    _ request: RequestReference, _ result: Result<Value, CallError>, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try settle(request, result, place)
    return try await handleWaiting(place)
  }

  /// Runs `handleContinue` with the step that the last handler asked for.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the handler asked for none.
  @discardableResult nonisolated(nonsending) public mutating func `continue`(
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkHasStep(place)
    try await handleStep(place)
    return outcome
  }

  /// Handles the messages in the mailbox, then moves time, and handles the messages of the timers that become due, idle
  /// timeouts among them, each at its own instant.
  ///
  /// ```swift
  /// try await test.advance(by: .seconds(60))
  /// #expect(test.outcome.stopReason == .normal)
  /// ```
  ///
  /// If the server stops, the rest of the time passes without it.
  ///
  /// - Throws: What a handler throws.
  nonisolated(nonsending) public mutating func advance(
    by duration: Duration, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) async throws {
    let place = SourcePlace(fileID, filePath, line, column)
    let target = stage.target(after: duration)
    repeat { try await handleAll(place) } while !hasStopped && stage.source.fireNext(until: target)
    stage.source.move(to: target)
  }

  /// Runs `terminate`, and ends the server: callers that wait for an answer, watchers and linked processes are told.
  ///
  /// ```swift
  /// try await test.terminate(.shutdown)
  /// #expect(pending.failure == .exit(.shutdown))
  /// ```
  ///
  /// - Throws: What `terminate` throws, which is then the reason.
  public nonisolated(nonsending) mutating func terminate(_ reason: ExitReason) async throws {
    let context = context
    var final = reason
    defer {
      outcome = .stops(final)
      stage.server.end(final)
    }
    do {
      try await stage.server.inTask { try await state.terminate(reason, context: context) }
    } catch {
      final = .thrown(error)
      throw error
    }
  }

  // Inside.

  private nonisolated(nonsending) mutating func handleAll(_ place: SourcePlace) async throws {
    var handled = 0
    while !hasStopped, stage.server.mailboxCount > 0 || stage.server.hasStep {
      handled += max(1, stage.server.mailboxCount)
      try checkEnds(handled, place)
      if stage.server.hasStep { try await handleStep(place) } else { try await handleWaiting(place) }
    }
  }

  /// Handles the messages that lie in the mailbox now, and the steps that come before them.
  @discardableResult private nonisolated(nonsending) mutating func handleWaiting(_ place: SourcePlace) async throws
    -> Outcome<Server>
  {
    var left = stage.server.mailboxCount
    while !noteExit(), left > 0 {
      if stage.server.hasStep {
        try await handleStep(place)
      } else {
        left -= 1
        if let message = stage.server.takeMessage() { try await handle(message, place) }
      }
    }
    return outcome
  }

  private nonisolated(nonsending) mutating func handle(
    _ message: HandDrivenServer<Server>.Message, _ place: SourcePlace
  ) async throws {
    if case .stop(let reason) = message {
      outcome = .stops(reason)
      return
    }
    stage.server.begins(message)
    let plain = try crashing { test in try test.plainHandler(message) }
    if !plain.isNotHere { return conclude(plain) }
    do {
      conclude(try await asyncHandler(message))
    } catch {
      crashed(error)
      throw error
    }
  }

  private nonisolated(nonsending) mutating func handleStep(_ place: SourcePlace) async throws {
    guard let step = stage.server.takeStep() else { return }
    // The step goes to one handler only: the plain one's default hands it back untouched.
    nonisolated(unsafe) let handed = step
    let plain = try crashing { test in try test.plainHandler(of: handed) }
    if !plain.isNotHere { return conclude(plain) }
    do {
      conclude(try await asyncHandler(of: handed))
    } catch {
      crashed(error)
      throw error
    }
  }

  private nonisolated(nonsending) mutating func asyncHandler(
    _ message: HandDrivenServer<Server>.Message
  ) async throws -> NextStep<Server> {
    let context = context
    var next: NextStep<Server>?
    try await stage.server.inTask {
      switch message {
      case .call(let request, _): next = try await state.handleCall(request, context: context)
      case .cast(let cast): next = try await state.handleCast(cast, context: context)
      case .info(let info): next = try await state.handleInfo(info, context: context)
      case .unexpected, .stop: break
      }
    }
    return next.take() ?? .noReply
  }

  private nonisolated(nonsending) mutating func asyncHandler(
    of step: Server.Continue
  ) async throws -> NextStep<Server> {
    let context = context
    var next: NextStep<Server>?
    // The step goes to this very task.
    nonisolated(unsafe) let step = step
    try await stage.server.inTask { next = try await state.handleContinue(step, context: context) }
    return next.take() ?? .noReply
  }
}

extension Stage {
  /// Runs `initialize`, plain or async.
  nonisolated(nonsending) fileprivate func initializeInTask(
    _ argument: Server.Argument
  ) async throws(StartError) -> InitialStep<Server>.Made {
    // The argument goes to one of the two forms, never to both.
    nonisolated(unsafe) let argument = argument
    let made = try initialize(argument)
    guard case .notHere = made else { return made }
    var result = made
    do {
      try await server.inTask { result = try await Server.initialize(argument, context: server.context).made }
    } catch {
      throw .failed(.thrown(error))
    }
    return result
  }
}
