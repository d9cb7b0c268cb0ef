public import GenServerKit

/// Runs a server's handlers as plain functions, without a running process, and keeps what they asked for.
///
/// ```swift
/// var test = try HandlerTest<Stack>(initializing: [1, 2])
/// let pop = try test.call { .pop($0) }
/// #expect(pop.reply == .success(2))
/// #expect(pop.outcome == .goesOn)
/// #expect(test.state.items == [1])
/// ```
///
/// Nothing happens unless the test does it: each step puts a message into the mailbox, handles the messages up to and
/// including that one, and returns. A message that the handler sends to its own server waits for the next step. A
/// server with async handlers is tested in an async function, with `await` before each step; plain handlers work there
/// as well.
///
/// - An error that a handler throws is thrown by the step, and `outcome` says that the server stops because of it.
///   After a stop no message is handled: a step throws `ExpectationFailure`.
/// - A step that a handler asked for with `.continue` runs when the test calls `continue()`, or else before the next
///   message, as in a server.
/// - `context.request` sends nothing: the test answers with `answer(_:_:)`. Messages that handlers send to other
///   servers are really sent, and what they start is really started, in the server's runtime; `PID.standIn()` stands
///   for a process that need not run.
/// - Time is the test's own, and moves with `advance(by:)`.
///
/// The value stands for one server; a copy shares everything with it except the state. Once the test and its copies are
/// gone, the server has ended, and a `context` that was kept leads to a process that has ended.
public struct HandlerTest<Server: GenServer> {
  /// The server.
  public var state: Server

  /// The outcome of the last handler, or of `initialize` if no handler has run.
  public internal(set) var outcome = Outcome<Server>.goesOn

  let stage: Stage<Server>

  /// Makes a test of a server in that state. `initialize` does not run.
  public init(_ state: Server) {
    self.state = state
    stage = Stage()
  }

  init(_ state: Server, on stage: Stage<Server>, then action: ServerAction<Server>?) {
    self.state = state
    self.stage = stage
    outcome = Outcome(action)
    if let action { stage.server.perform(action) }
  }

  /// The server's context, for handlers and helpers that the test calls itself.
  public var context: ServerContext<Server> { stage.server.context }

  /// The records that the server has logged.
  public var logs: LogRecorder { stage.logs }

  /// The messages for which the server has set timers, the earliest first, with the time that is left of each. An idle
  /// timeout is not among them: `outcome` shows it.
  public var timers: [(message: Server.Info, after: Duration)] { stage.server.timers }

  /// The server's watches, in the order of their beginning.
  public var monitors: [Monitor] { stage.server.monitors }

  /// The processes to which the server is linked, in the order of linking.
  public var links: [PID] { stage.server.links }

  /// The requests of the server that wait for an answer, in their order.
  public var requests: [RequestReference] { stage.server.requests }

  /// Whether exit signals arrive as messages.
  public var trapsExits: Bool { stage.server.trapsExits }

  /// How many messages wait for the next step, such as those that the server has sent to itself.
  public var mailboxCount: Int { stage.server.mailboxCount }
}

/// The server of one test: a process that never runs, in a runtime of its own.
final class Stage<Server: GenServer> {
  let source = ManualTimeSource()
  let logs = LogRecorder()
  let runtime: Runtime
  let server: HandDrivenServer<Server>

  init() {
    runtime = Runtime(logger: logs.logger, timeSource: source)
    server = HandDrivenServer(in: runtime)
  }

  deinit {
    server.end(.killed)
    runtime.endTimers()
    for pid in runtime.processes { pid.exit(.killed) }
  }
}

extension PID {
  /// A process that exists only in a test, to which nothing can be sent: a caller, something to watch or to link to.
  ///
  /// ```swift
  /// let worker = PID.standIn()
  /// try test.cast(.assign(worker))
  /// try test.down(test.monitors[0], .killed)
  /// ```
  ///
  /// It lives until an exit signal ends it, or `HandlerTest.down(_:_:)` or `HandlerTest.exit(of:_:)` lets it end.
  public static func standIn() -> PID { PID(StandInProcess(in: .current)) }
}
