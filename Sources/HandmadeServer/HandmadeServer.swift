import GenServerKit

/// A generic server in 49 lines: a process that loops. An `ExitReason` sent to it asks it to stop.
protocol GenServer: SendableMetatype {
  typealias Context = RawProcess
  typealias Initial = InitialStep<Self>
  associatedtype Argument: Sendable
  associatedtype Call: Sendable
  associatedtype Cast: Sendable
  associatedtype Info: Sendable
  static func initialize(_ argument: Argument, context: Context) async throws -> Initial
  mutating func handleCall(_ call: Call, context: Context) async throws -> Next
  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next
  mutating func handleInfo(_ info: Info, context: Context) async throws -> Next
  mutating func terminate(_ reason: ExitReason, context: Context) async throws
}
enum InitialStep<Server> { case ok(Server) }
enum Next {
  case noReply
  case replied(Delivery)
  static func reply<V>(_ value: V, to c: ReplyTo<V>) -> Next { .replied(c.pid.send(value)) }
}
struct ReplyTo<Value: Sendable> { let pid: PID }
struct ServerRef<Server: GenServer> {
  let pid: PID
  func cast(_ cast: Server.Cast) { pid.send(cast) }
  func send(_ info: Server.Info) { pid.send(info) }
  func stop(_ reason: ExitReason = .normal) async throws { pid.send(reason) }
  func call<V: Sendable>(_ request: (ReplyTo<V>) -> Server.Call) async throws(CallError) -> V {
    try await pid.ask(V.self) { request(ReplyTo(pid: $0)) }
  }
}
extension GenServer {
  static func start(_ argument: Argument) async throws -> ServerRef<Self> {
    let pid = spawn { process in
      guard case .ok(var server) = try await initialize(argument, context: process) else { return }
      while true {
        let message = try await process.receive()
        if let call = message as? Call { _ = try await server.handleCall(call, context: process) }
        if let cast = message as? Cast { _ = try await server.handleCast(cast, context: process) }
        if let info = message as? Info { _ = try await server.handleInfo(info, context: process) }
        guard let reason = message as? ExitReason else { continue }
        try await server.terminate(reason, context: process)
        throw reason
      }
    }
    return ServerRef(pid: pid)
  }
}
