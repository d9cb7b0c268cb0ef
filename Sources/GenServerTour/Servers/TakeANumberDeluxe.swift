import GenServerKit

/// A `Machine` in a process, which stops by itself when nobody has asked for anything for a while.
struct TakeANumberDeluxe: GenServer {
  struct Options: Sendable {
    var minimum, maximum: Int
    var autoShutdown = Timeout.infinity
  }
  enum Call: Sendable {
    case report(ReplyTo<Machine>)
    case queueNewNumber(ReplyTo<Result<Int, Machine.Failure>>)
    case serveNext(priority: Int?, ReplyTo<Result<Int, Machine.Failure>>)
  }
  enum Cast: Sendable { case reset }
  enum Info: Sendable { case idle }

  var machine: Machine
  private var untilIdle: ServerAction<Self> { .timeout(machine.autoShutdown, .idle) }

  static func initialize(_ options: Options, context: Context) -> Initial {
    do throws(Machine.Failure) {
      let (minimum, maximum) = (options.minimum, options.maximum)
      let machine = try Machine(minimum: minimum, maximum: maximum, autoShutdown: options.autoShutdown)
      let server = Self(machine: machine)
      return .ok(server, then: server.untilIdle)
    } catch {
      return .error(.failure(error))
    }
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .report(let client):
      return .reply(machine, to: client, then: untilIdle)
    case .queueNewNumber(let client):
      let number = Result { () throws(Machine.Failure) in try machine.queueNewNumber() }
      return .reply(number, to: client, then: untilIdle)
    case .serveNext(let priority, let client):
      let number = Result { () throws(Machine.Failure) in try machine.serveNext(priority: priority) }
      return .reply(number, to: client, then: untilIdle)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .reset: machine.reset()
    }
    return .noReply(then: untilIdle)
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .idle: .stop(.normal)
    }
  }

  mutating func handleUnexpected(_ message: any Sendable, context: Context) -> Next {
    .noReply(then: untilIdle)
  }
}

extension ServerRef where Server == TakeANumberDeluxe {
  func report() async throws(CallError) -> Machine { try await call { .report($0) } }
  func queueNewNumber() async throws(CallError) -> Result<Int, Machine.Failure> {
    try await call { .queueNewNumber($0) }
  }
  func serveNext(priority: Int? = nil) async throws(CallError) -> Result<Int, Machine.Failure> {
    try await call { .serveNext(priority: priority, $0) }
  }
  @discardableResult func reset() -> Delivery { cast(.reset) }
}
