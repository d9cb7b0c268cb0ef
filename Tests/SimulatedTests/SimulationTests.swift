import GenServerKit
import GenServerTesting
import Testing

private struct Counter: GenServer {
  enum Call: Sendable { case add(Int, ReplyTo<Int>) }
  enum Cast: Sendable { case add(Int) }
  var value = 0

  static func initialize(_ argument: Int, context: Context) -> Initial { .ok(Self(value: argument)) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .add(let amount, let client):
      value += amount
      return .reply(value, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .add(let amount):
      value += amount
      return .noReply
    }
  }
}

@Suite("Simulation", .timeLimit(.minutes(1))) struct SimulationTests {
  private struct Wrong: Error {}

  @Test("A run takes turns to its end")
  func runs() async throws {
    try await simulate(seed: 1) { simulation in
      let counter = try await Counter.start(0)
      let sum = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 { group.addTask { try await counter.call { .add(1, $0) } } }
        return try await group.reduce(0) { max($0, $1) }
      }
      try #require(sum == 8)
    }
  }

  @Test("Time moves when all wait")
  func time() async throws {
    try await simulate(seeds: 0..<20) { simulation in
      let begin = simulation.now
      await simulation.advance(by: .seconds(3600))
      try #require(simulation.now - begin == .seconds(3600))
    }
  }

  @Test("Different seeds take different orders")
  func orders() async throws {
    let orders = Orders()
    try await simulate(seeds: 0..<50) { _ in
      let order = Orders()
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<3 { group.addTask { order.append("\(number)") } }
      }
      orders.append(order.all.joined())
    }
    #expect(Set(orders.all) == ["012", "021", "102", "120", "201", "210"])
  }

  @Test(
    "A failure names the seed, what led to it, and the call that shows it again",
    arguments: [
      SimulationStrategy.mixed, .uniform, .priorities(changes: 3), .priorities(changes: -1),
    ])
  func failure(_ strategy: SimulationStrategy) async throws {
    func body(_ simulation: Simulation) async throws {
      let counter = try await Counter.start(0)
      let first = Orders()
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          _ = try? await counter.call { .add(1, $0) }
          first.append("one")
        }
        group.addTask {
          _ = try? await counter.call { .add(1, $0) }
          first.append("other")
        }
      }
      if first.all == ["other", "one"] { throw Wrong() }
    }
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 3..<100, strategy: strategy, body)
    }
    let found = try #require(failure)
    #expect(found.underlying is Wrong)
    #expect(found.trace.contains { $0.hasPrefix("task 1 ") } && found.trace.contains { $0.hasPrefix("task 2 ") })
    let call =
      strategy == .mixed ? "simulate(seed: \(found.seed))" : "simulate(seed: \(found.seed), strategy: .\(strategy))"
    #expect("\(found)".hasSuffix("\n\(call) shows it again"))
    let again = await #expect(throws: SimulationFailure.self) {
      try await simulate(seed: found.seed, strategy: strategy, body)
    }
    #expect(again?.underlying is Wrong)
  }

  /// What a run of calls, casts, timers, async handlers and ends looks like with one seed. It is the same in every run of
  /// this test, on every machine.
  @Test("A seed gives the same trace everywhere", arguments: [UInt64(3), 4])
  func trace(_ seed: UInt64) async throws {
    var traces: Set<[String]> = []
    for _ in 0..<3 {
      let failure = await #expect(throws: SimulationFailure.self) {
        try await simulate(seed: seed) { simulation in
          try await CallProperty.holds(simulation)
          try await SuspendProperty.holds(simulation)
          try await SignalProperty.holds(simulation)
          throw Wrong()
        }
      }
      #expect(failure?.underlying is Wrong)
      traces.insert(failure?.trace ?? [])
    }
    #expect(traces.count == 1)
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in traces.first?.joined(separator: "\n").utf8 ?? "".utf8 {
      hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
    }
    #expect(hash == (seed == 3 ? 4_103_892_934_784_979_103 : 7_344_221_738_462_794_895))
  }

  @Test("A run leaves nothing behind")
  func memory() async throws {
    weak var runtime: Runtime?
    try await simulate(seed: 1) { simulation in
      runtime = simulation.runtime
      try await LifeProperty.holds(simulation)
      try await CallProperty.holds(simulation)
      _ = try await Counter.start(0, name: "taken")
      await #expect(throws: StartError.self) { try await Counter.start(0, name: "taken") }
      try await simulation.runtime.shutdown()
      await #expect(throws: StartError.failed(.shutdown)) { try await Counter.start(0) }
    }
    #expect(runtime == nil)
  }

  @Test("A deadlock is reported with who waits")
  func deadlock() async throws {
    let thrown = await #expect(throws: SimulationFailure.self) {
      try await simulate(seed: 5) { _ in try await withProcess { process in _ = try await process.receive() } }
    }
    guard case .deadlock(let lines) = try #require(thrown).underlying as? SimulationError else { throw thrown! }
    #expect(lines.count == 1)
    #expect(lines.first?.hasSuffix("is waiting for messages") == true)
  }

  @Test("What runs elsewhere is reported, with one seed and with several")
  func escape() async throws {
    func body(_ simulation: Simulation) async throws { await Task {}.value }
    let one = await #expect(throws: SimulationFailure.self) { try await simulate(seed: 5, body) }
    let several = await #expect(throws: SimulationFailure.self) { try await simulate(seeds: 5..<8, body) }
    for failure in [try #require(one), try #require(several)] {
      guard case .leftSimulation = failure.underlying as? SimulationError else { throw failure }
      #expect("\(failure)".hasSuffix("simulate(seed: 5) shows it again"))
    }
  }

  @Test("A process that hears nothing settles in simulated time alone")
  func silence() async throws {
    try await simulate(seeds: 0..<20, stepLimit: 1000) { simulation in
      let counter = try await Counter.start(0)
      try await withProcess { process in
        spawn { _ in await simulation.advance(by: .seconds(1)) }
        counter.cast(.add(1))
        try await process.expectNothing()
      }
    }
  }

  @Test("The end of a test with many processes does not hide what it has thrown")
  func longEnd() async throws {
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 0..<1) { _ in
        for _ in 0..<2000 { spawn { process in _ = try await process.receive() } }
        throw Wrong()
      }
    }
    #expect(failure?.underlying is Wrong)
    #expect(failure.map { "\($0)".hasSuffix("shows it again") } == true)
  }
}

private final class Orders: Sendable {
  private let lock = Lock()
  nonisolated(unsafe) private var lines: [String] = []
  var all: [String] { lock.withLock { lines } }
  func append(_ line: String) { lock.withLock { lines.append(line) } }
}
