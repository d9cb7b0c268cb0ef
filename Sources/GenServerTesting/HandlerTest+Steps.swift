public import GenServerKit

// The steps of a test of plain handlers.
extension HandlerTest {
  /// Runs a plain `initialize`.
  ///
  /// ```swift
  /// var test = try HandlerTest<Stack>(initializing: [1, 2])
  /// ```
  ///
  /// - Throws: The `StartError` that a start would throw.
  public init(
    initializing argument: sending Server.Argument, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) throws {
    let stage = Stage<Server>()
    // The argument is handed over once, as `sending` says.
    nonisolated(unsafe) let argument = argument
    switch try stage.initialize(argument) {
    case .ok(let state, let action): self.init(state, on: stage, then: action)
    case .failed(let error): throw error
    case .notHere: throw Self.isAsync("initialize", SourcePlace(fileID, filePath, line, column))
    }
  }

  /// Makes a call, and handles it.
  ///
  /// ```swift
  /// #expect(try test.call { .pop($0) }.reply == .success(2))
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
  public mutating func call<Value: Sendable>(
    from caller: PID? = nil, timeout: Duration? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column,
    _ request: (ReplyTo<Value>) -> Server.Call
  ) throws -> TestCall<Server, Value> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    let pending = post(from: caller, timeout, request)
    return TestCall(pending, try handleWaiting(place))
  }

  /// Casts, and handles the message.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult public mutating func cast(
    _ cast: Server.Cast, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    stage.server.post(cast: cast)
    return try handleWaiting(place)
  }

  /// Sends a value of the server's `Info`, and handles it.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult public mutating func send(
    _ info: Server.Info, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    stage.server.post(info: info)
    return try handleWaiting(place)
  }

  /// Sends a value that is not of the server's `Info` type, and handles it with `handleUnexpected`.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult public mutating func sendUnexpected(
    _ message: some Sendable, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    context.pid.send(message)
    return try handleWaiting(place)
  }

  /// Makes a monitored process end, and handles the message.
  ///
  /// ```swift
  /// try test.down(test.monitors[0], .killed)
  /// ```
  ///
  /// A stand-in really ends: every watch on it brings its message, and a link its signal. Any other process goes on,
  /// and only this watch is told.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped or has no such watch.
  @discardableResult public mutating func down(
    _ monitor: Monitor, _ reason: ExitReason, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try end(monitor, reason, place)
    return try handleWaiting(place)
  }

  /// Sends the server an exit signal, and handles the message if it traps exits; a linked stand-in ends with it.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped.
  @discardableResult public mutating func exit(
    of process: PID, _ reason: ExitReason, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkIsThere(place)
    stage.server.receiveExit(reason, from: process)
    return try handleWaiting(place)
  }

  /// Answers a request that the server made with `context.request`, and handles the message.
  ///
  /// ```swift
  /// try test.answer(test.requests[0], .success(3))
  /// ```
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the server has stopped, or if the request is not
  ///   for a value of that type or waits no longer.
  @discardableResult public mutating func answer<Value: Sendable>(
    _ request: RequestReference, _ result: Result<Value, CallError>, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try settle(request, result, place)
    return try handleWaiting(place)
  }

  /// Runs `handleContinue` with the step that the last handler asked for.
  ///
  /// - Throws: What the handler throws, and `ExpectationFailure` if the handler asked for none.
  @discardableResult public mutating func `continue`(
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) throws -> Outcome<Server> {
    let place = SourcePlace(fileID, filePath, line, column)
    try checkHasStep(place)
    try handleStep(place)
    return outcome
  }

  /// Handles the messages in the mailbox, then moves time, and handles the messages of the timers that become due, idle
  /// timeouts among them, each at its own instant.
  ///
  /// ```swift
  /// try test.advance(by: .seconds(60))
  /// #expect(test.outcome.stopReason == .normal)
  /// ```
  ///
  /// If the server stops, the rest of the time passes without it.
  ///
  /// - Throws: What a handler throws.
  public mutating func advance(
    by duration: Duration, fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) throws {
    let place = SourcePlace(fileID, filePath, line, column)
    let target = stage.target(after: duration)
    repeat { try handleAll(place) } while !hasStopped && stage.source.fireNext(until: target)
    stage.source.move(to: target)
  }

  // Inside.

  private mutating func handleAll(_ place: SourcePlace) throws {
    var handled = 0
    while !hasStopped, stage.server.mailboxCount > 0 || stage.server.hasStep {
      handled += max(1, stage.server.mailboxCount)
      try checkEnds(handled, place)
      if stage.server.hasStep { try handleStep(place) } else { try handleWaiting(place) }
    }
  }

  /// Handles the messages that lie in the mailbox now, and the steps that come before them.
  @discardableResult private mutating func handleWaiting(_ place: SourcePlace) throws -> Outcome<Server> {
    var left = stage.server.mailboxCount
    while !noteExit(), left > 0 {
      if stage.server.hasStep {
        try handleStep(place)
      } else {
        left -= 1
        if let message = stage.server.takeMessage() { try handle(message, place) }
      }
    }
    return outcome
  }

  private mutating func handle(_ message: HandDrivenServer<Server>.Message, _ place: SourcePlace) throws {
    if case .stop(let reason) = message {
      outcome = .stops(reason)
      return
    }
    stage.server.begins(message)
    let next = try crashing { test in try test.plainHandler(message) }
    if next.isNotHere { throw Self.isAsync(message.handlerName, place) }
    conclude(next)
  }

  private mutating func handleStep(_ place: SourcePlace) throws {
    guard let step = stage.server.takeStep() else { return }
    let next = try crashing { test in try test.plainHandler(of: step) }
    if next.isNotHere { throw Self.isAsync("handleContinue", place) }
    conclude(next)
  }
}
