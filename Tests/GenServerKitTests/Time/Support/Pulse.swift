import GenServerKit

/// A server that counts what timers bring, in whatever form.
protocol Pulse: GenServer where Argument == Void, Call == PulseCall, Cast == PulseBeat, Info == PulseBeat {
  var count: Int { get set }
  init()
}

enum PulseCall: Sendable {
  case count(ReplyTo<Int>)
  case perform(@Sendable (any PulseContext) -> TimerReference, ReplyTo<TimerReference>)
}

enum PulseBeat: Sendable {
  case beat
  case report(TimerReference)
}

/// Another type than any server's own, which arrives in `handleUnexpected`.
struct StrangeBeat: Sendable {}

/// What sets a timer inside of a server, whichever it is.
protocol PulseContext {
  func sendBeat(after delay: Duration) -> TimerReference
  func sendBeat(every interval: Duration) -> TimerReference
  func sendReport(every interval: Duration) -> TimerReference
}

extension ServerContext: PulseContext where Server: Pulse {
  func sendBeat(after delay: Duration) -> TimerReference { send(.beat, after: delay) }
  func sendBeat(every interval: Duration) -> TimerReference { send(.beat, every: interval) }
  func sendReport(every interval: Duration) -> TimerReference { send(every: interval) { .report($0) } }
}

extension Pulse {
  mutating func handle(_ call: PulseCall, _ context: Context) -> Next {
    switch call {
    case .count(let client): .reply(count, to: client)
    case .perform(let act, let client): .reply(act(context), to: client)
    }
  }

  mutating func handleUnexpected(_ message: any Sendable, context: Context) -> Next {
    count += 1
    return .noReply
  }
}

struct PlainPulse: Pulse {
  var count = 0

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  mutating func handleCall(_ call: PulseCall, context: Context) -> Next { handle(call, context) }
  mutating func handleCast(_ cast: PulseBeat, context: Context) -> Next {
    count += 1
    return .noReply
  }
  mutating func handleInfo(_ info: PulseBeat, context: Context) -> Next {
    count += 1
    return .noReply
  }
}

struct AsyncPulse: Pulse {
  var count = 0

  static func initialize(_: Void, context: Context) async -> Initial { .ok(Self()) }
  mutating func handleCall(_ call: PulseCall, context: Context) async -> Next { handle(call, context) }
  mutating func handleCast(_ cast: PulseBeat, context: Context) async -> Next {
    count += 1
    return .noReply
  }
  mutating func handleInfo(_ info: PulseBeat, context: Context) async -> Next {
    count += 1
    return .noReply
  }
}

/// The ways to a timer for a server.
enum PulseWay: CaseIterable {
  case itself, itselfWithReference, pid, pidOfAnotherType, reference, name, castByReference, castByName

  /// Those that make the message once.
  static let once: [Self] = [.itself, .pid, .pidOfAnotherType, .reference, .name, .castByReference, .castByName]

  func start<Server: Pulse>(_ server: ServerRef<Server>, named: ServerRef<Server>, after delay: Duration) async throws
    -> TimerReference
  {
    switch self {
    case .itself, .itselfWithReference: try await server.call { .perform({ $0.sendBeat(after: delay) }, $0) }
    case .pid: try pid(of: server).send(PulseBeat.beat, after: delay)
    case .pidOfAnotherType: try pid(of: server).send(StrangeBeat(), after: delay)
    case .reference: server.send(.beat, after: delay)
    case .name: named.send(.beat, after: delay)
    case .castByReference: server.cast(.beat, after: delay)
    case .castByName: named.cast(.beat, after: delay)
    }
  }

  func start<Server: Pulse>(
    _ server: ServerRef<Server>, named: ServerRef<Server>, every interval: Duration
  ) async throws -> TimerReference {
    switch self {
    case .itself: try await server.call { .perform({ $0.sendBeat(every: interval) }, $0) }
    case .itselfWithReference: try await server.call { .perform({ $0.sendReport(every: interval) }, $0) }
    case .pid: try pid(of: server).send(PulseBeat.beat, every: interval)
    case .pidOfAnotherType: try pid(of: server).send(StrangeBeat(), every: interval)
    case .reference: server.send(.beat, every: interval)
    case .name: named.send(.beat, every: interval)
    case .castByReference: server.cast(.beat, every: interval)
    case .castByName: named.cast(.beat, every: interval)
    }
  }

  private func pid<Server: Pulse>(of server: ServerRef<Server>) throws -> PID {
    guard let pid = server.pid else { throw CallError.noProcess() }
    return pid
  }
}
