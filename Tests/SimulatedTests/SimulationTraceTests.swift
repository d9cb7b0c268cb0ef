import GenServerKit
import GenServerTesting
import Testing

/// A lamp that goes out by itself.
private struct Lamp: GenServer {
  enum Call: Sendable {
    case isLit(ReplyTo<Bool>)
    case dim(ReplyTo<Void>)
  }
  enum Cast: Sendable { case light(for: Duration) }
  enum Info: Sendable { case goOut }
  enum Continue: Sendable { case warmUp }

  var isLit = false

  static func initialize(_ argument: Void, context: Context) -> Initial { .ok(Self(), then: .continue(.warmUp)) }

  func handleContinue(_ step: Continue, context: Context) -> Next { .noReply }

  func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .isLit(let client): return .reply(isLit, to: client)
    case .dim(let client):
      await Task.yield()
      return .reply(to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .light(let duration):
      isLit = true
      context.send(.goOut, after: duration)
      return .noReply
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    isLit = false
    return .noReply
  }
}

/// Answers when the other one has answered, which does the same.
private struct Negotiator: GenServer {
  enum Call: Sendable {
    case meet(ServerRef<Negotiator>, ReplyTo<Void>)
    case offer(ReplyTo<Int>)
  }
  enum Info: Sendable { case answered(Result<Int, CallError>) }

  var other: ServerRef<Negotiator>?
  var clients: [ReplyTo<Int>] = []

  static func initialize(_ argument: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .meet(let other, let client):
      self.other = other
      return .reply(to: client)
    case .offer(let client):
      clients.append(client)
      if clients.count == 1, let other {
        context.request(other, timeout: .infinity, as: Info.answered) { .offer($0) }
      }
      return .noReply
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) throws -> Next {
    switch info {
    case .answered(let answer):
      for client in clients { client.reply(try answer.get()) }
      clients = []
      return .noReply
    }
  }
}

@Suite("Traces of simulations", .timeLimit(.minutes(1))) struct SimulationTraceTests {
  private struct Wrong: Error {}

  private func failure(_ body: @escaping (Simulation) async throws -> Void) async throws -> SimulationFailure {
    let failure = await #expect(throws: SimulationFailure.self) { try await simulate(seeds: 0..<1, body) }
    return try #require(failure)
  }

  @Test("A trace says what is handled, what fires, who starts, waits and ends")
  func words() async throws {
    let failure = try await failure { simulation in
      let lamp = try await Lamp.start(name: "hall")
      lamp.cast(.light(for: .seconds(5)))
      await simulation.settle()
      try await lamp.call { .dim($0) }
      await simulation.advance(by: .seconds(5))
      try await withProcess { process in
        process.pid.send("hello")
        _ = try await process.receive(String.self)
      }
      try await lamp.stop()
      throw Wrong()
    }
    #expect(failure.underlying is Wrong)
    #expect(
      failure.trace == [
        #"the test begins"#,
        #"  Lamp "hall" <0.0.0> starts"#,
        #"Lamp "hall" <0.0.0> runs: warmUp"#,
        #"  Lamp "hall" <0.0.0> handles light(for: 5.0 seconds)"#,
        #"the test goes on"#,
        #"  the caller runs Lamp "hall" <0.0.0>: dim (1 of 2)"#,
        #"  waits for Lamp "hall" <0.0.0>"#,
        #"Lamp "hall" <0.0.0> runs"#,
        #"Lamp "hall" <0.0.0> goes on"#,
        #"the test goes on"#,
        #"time moves to 5 seconds"#,
        #"due: Lamp "hall" <0.0.0>, timer: goOut (1 of 2)"#,
        #"due: the end of a wait of the test (1 of 2)"#,
        #"Lamp "hall" <0.0.0> runs: goOut (1 of 2)"#,
        #"the test goes on"#,
        #"the test goes on"#,
        #"  process <0.1.0> starts"#,
        #"  process <0.1.0> handles hello"#,
        #"  process <0.1.0> ends: normal"#,
        #"  waits for Lamp "hall" <0.0.0>"#,
        #"Lamp "hall" <0.0.0> runs: stop for reason normal"#,
        #"  Lamp "hall" <0.0.0> ends: normal"#,
        #"the test goes on"#,
      ])
  }

  @Test("A deadlock names the tasks and processes that wait, and what they have asked for")
  func deadlock() async throws {
    let failure = try await failure { _ in
      let ann = try await Negotiator.start(name: "ann")
      let bob = try await Negotiator.start(name: "bob")
      try await ann.call { .meet(bob, $0) }
      try await bob.call { .meet(ann, $0) }
      let offer = ann.sendRequest { .offer($0) }
      async let own = bob.call(timeout: .infinity) { .offer($0) }
      _ = try await offer.value(timeout: .infinity)
      _ = try await own
    }
    #expect(
      failure.underlying as? SimulationError
        == .deadlock(waiting: [
          #"Negotiator "ann" <0.0.0> waits for Negotiator "bob" <0.1.0>, which it has asked for offer"#,
          #"Negotiator "bob" <0.1.0> waits for Negotiator "ann" <0.0.0>, which it has asked for offer"#,
          #"the test waits for Negotiator "ann" <0.0.0>, which it has asked for offer"#,
          #"task 1 waits for Negotiator "bob" <0.1.0>"#,
        ]))
  }

  @Test("A deadlock without a process says so")
  func nobody() async throws {
    let failure = try await failure { _ in await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
    #expect(
      failure.underlying as? SimulationError
        == .deadlock(waiting: [
          "the test waits for what is no process: another task, a stream, or a clock such as that of Task.sleep"
        ]))
  }

  private static let strategies = [SimulationStrategy.uniform, .priorities(changes: 2)]

  @Test("A body that cannot be ended is left behind", arguments: strategies)
  func stubborn(_ strategy: SimulationStrategy) async throws {
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seed: 0, strategy: strategy, stepLimit: 1000) { _ in while true { await Task.yield() } }
    }
    #expect(failure?.underlying as? SimulationError == .tooManySteps(1000))
  }

  @Test("A process that cannot be ended is left behind", arguments: strategies)
  func stubbornHandler(_ strategy: SimulationStrategy) async throws {
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seed: 0, strategy: strategy, stepLimit: 1000) { _ in
        spawn { _ in while true { await Task.yield() } }
        await Task.yield()
      }
    }
    #expect(failure?.underlying as? SimulationError == .tooManySteps(100_000))
  }

  @Test("What is written down changes nothing", arguments: properties.indices)
  func isSilent(_ index: Int) async throws {
    var decisions = 0
    for seed in UInt64(0)..<25 {
      let silent = try await GenServerTesting.decisions(withSeed: seed, isTold: false, Self.properties[index])
      let told = try await GenServerTesting.decisions(withSeed: seed, isTold: true, Self.properties[index])
      #expect(silent == told, "seed \(seed)")
      decisions += silent.count
    }
    #expect(decisions > 25)
  }

  private static let properties: [@Sendable (Simulation) async throws -> Void] = [
    CallProperty.holds, RequestProperty.holds, OrderProperty.holds, SignalProperty.holds, NameProperty.holds,
    TimerProperty.holds, LifeProperty.holds, MailboxProperty.holds, SuspendProperty.holds,
    CircleProperty.hasNoFalseReport, SleepingQueueProperty.holds, StartProperty.holds, ShutdownProperty.holds,
    SpawnProperty.holds, ClientProperty.holds,
  ]
}
