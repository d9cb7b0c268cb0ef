import GenServerKit

// The parts that the steps of plain and of async tests share.
extension HandlerTest {
  var hasStopped: Bool { outcome.stopReason != nil }

  func checkIsThere(_ place: SourcePlace) throws {
    guard let reason = outcome.stopReason else { return }
    throw ExpectationFailure(
      "\(Server.self) has stopped: \(stage.server.text(of: reason)); no message is handled after that", at: place)
  }

  func checkHasStep(_ place: SourcePlace) throws {
    try checkIsThere(place)
    if stage.server.hasStep { return }
    throw ExpectationFailure("no handler of \(Server.self) has asked to continue with a step", at: place)
  }

  func checkEnds(_ handled: Int, _ place: SourcePlace) throws {
    if handled <= 10_000 { return }
    throw ExpectationFailure(
      "\(Server.self) has handled \(handled) messages at one instant, and sends itself more", at: place)
  }

  static func isAsync(_ handler: String, _ place: SourcePlace) -> ExpectationFailure {
    ExpectationFailure(
      "\(handler) of \(Server.self) is async: write `try await`, in an async test", at: place)
  }

  func post<Value: Sendable>(
    from caller: PID?, _ timeout: Duration?, _ request: (ReplyTo<Value>) -> Server.Call
  ) -> PendingReply<Value> {
    stage.server.post(from: caller, until: timeout.map { stage.target(after: $0) } ?? .max, request)
  }

  func end(_ monitor: Monitor, _ reason: ExitReason, _ place: SourcePlace) throws {
    try checkIsThere(place)
    if stage.server.end(monitor, reason) { return }
    throw ExpectationFailure("\(Server.self) has no such watch: \(monitor)", at: place)
  }

  func settle<Value: Sendable>(
    _ request: RequestReference, _ result: Result<Value, CallError>, _ place: SourcePlace
  ) throws {
    try checkIsThere(place)
    switch stage.server.answer(request, result) {
    case true?: return
    case false?:
      throw ExpectationFailure(
        "\(request) is none of \(Server.self) that is answered with a value of type \(Value.self)", at: place)
    case nil: throw ExpectationFailure("\(request) waits no longer for an answer", at: place)
    }
  }

  /// Whether the server has stopped, by itself or by an exit signal.
  mutating func noteExit() -> Bool {
    if !hasStopped, let reason = stage.server.exitReason { outcome = .stops(reason) }
    return hasStopped
  }

  /// Sends the answer of a step and notes the outcome. After an exit signal a server does nothing more, so the answer
  /// is then taken back.
  mutating func conclude(_ next: consuming NextStep<Server>) {
    if noteExit() { return }
    outcome = Outcome(next)
    if case .goesOnWith(let action) = outcome { stage.server.perform(action) }
  }

  mutating func crashing<Result: ~Copyable>(_ body: (inout Self) throws -> Result) throws -> Result {
    do { return try body(&self) } catch {
      crashed(error)
      throw error
    }
  }

  mutating func crashed(_ error: any Error) { outcome = .stops(stage.server.exitReason ?? .thrown(error)) }

  // The plain witness can be called from synchronous code only.

  mutating func plainHandler(_ message: HandDrivenServer<Server>.Message) throws -> NextStep<Server> {
    let context = context
    return try stage.server.onThread {
      switch message {
      case .call(let request, _): try state.handleCall(request, context: context)
      case .cast(let cast): try state.handleCast(cast, context: context)
      case .info(let info): try state.handleInfo(info, context: context)
      case .unexpected(let value): try state.handleUnexpected(value, context: context)
      case .stop(let reason): .stop(reason)
      }
    }
  }

  mutating func plainHandler(of step: Server.Continue) throws -> NextStep<Server> {
    let context = context
    // The step goes to one handler only.
    nonisolated(unsafe) let step = step
    return try stage.server.onThread { try state.handleContinue(step, context: context) }
  }
}

extension Stage {
  /// Runs the plain `initialize`.
  func initialize(_ argument: Server.Argument) throws(StartError) -> InitialStep<Server>.Made {
    nonisolated(unsafe) let argument = argument
    do {
      return try server.onThread { try Server.initialize(argument, context: server.context) }.made
    } catch {
      throw .failed(.thrown(error))
    }
  }

  /// The instant that lies `duration` ahead in the test's time.
  func target(after duration: Duration) -> Int64 {
    source.now().addingClamped(max(0, duration.wholeNanoseconds))
  }
}

extension HandDrivenServer.Message {
  var handlerName: String {
    switch self {
    case .call: "handleCall"
    case .cast: "handleCast"
    case .info: "handleInfo"
    case .unexpected: "handleUnexpected"
    case .stop: "terminate"
    }
  }
}
