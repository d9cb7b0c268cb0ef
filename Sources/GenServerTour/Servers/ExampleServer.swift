import GenServerKit

/// Adds up numbers, some at once and some after long work, and logs each when it is done with it.
///
/// The same requests come as calls, as casts and as plain messages.
struct ExampleServer: GenServer {
  enum Request: Sendable {
    case light(Int, order: Int)
    case expensive(Int, order: Int)
  }

  /// What makes a request expensive.
  enum Effort: Sendable {
    case computing
    case waiting(at: ServerRef<Gate>)
  }

  enum Call: Sendable {
    case add(Request, ReplyTo<Int>)
    case state(ReplyTo<Int>)
  }
  enum Cast: Sendable { case add(Request) }
  enum Info: Sendable { case add(Request) }

  let effort: Effort
  var sum = 0

  static func initialize(_ effort: Effort, context: Context) -> Initial {
    .ok(ExampleServer(effort: effort))
  }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .add(let request, let client):
      try await process(request)
      return .reply(sum, to: client)
    case .state(let client):
      return .reply(sum, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    switch cast {
    case .add(let request): try await process(request)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) async throws -> Next {
    switch info {
    case .add(let request): try await process(request)
    }
    return .noReply
  }

  private mutating func process(_ request: Request) async throws {
    switch request {
    case .light(let number, _):
      sum += number
    case .expensive(let number, _):
      switch effort {
      case .computing: _ = Self.primes(below: 1000)
      case .waiting(let gate): try await gate.pass()
      }
      sum += number
    }
    RequestLogger.named(.type).log("PROCESS ORDER: \(request.order)")
  }

  private static func primes(below limit: Int) -> [Int] {
    (2..<limit).filter { number in !(2..<number).contains { number.isMultiple(of: $0) } }
  }
}

extension ExampleServer.Request {
  var order: Int {
    switch self {
    case .light(_, let order), .expensive(_, let order): order
    }
  }
}

extension ServerRef where Server == ExampleServer {
  func state() async throws(CallError) -> Int { try await call { .state($0) } }

  func add(_ request: ExampleServer.Request) async throws(CallError) -> Int {
    RequestLogger.named(.type).log("REQUEST ORDER: \(request.order)")
    return try await call { .add(request, $0) }
  }

  @discardableResult func addLater(_ request: ExampleServer.Request) -> Delivery {
    RequestLogger.named(.type).log("REQUEST ORDER: \(request.order)")
    return cast(.add(request))
  }
}
