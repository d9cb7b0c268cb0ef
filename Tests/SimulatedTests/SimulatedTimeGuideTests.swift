import GenServerKit
import GenServerTesting
import Testing

// The code of the guide "Simulating a system" about work that takes time, and about what to write instead of what leaves
// the simulation.

private struct Disk: GenServer {
  enum Call: Sendable { case write(ReplyTo<Void>) }
  enum Info: Sendable { case written(ReplyTo<Void>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Disk()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .write(let client):
      var generator = context.randomNumberGenerator
      context.send(.written(client), after: .milliseconds(Int.random(in: 0...300, using: &generator)))
      return .noReply
    }
  }

  func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .written(let client): .reply(to: client)
    }
  }
}

private struct Ledger: GenServer {
  enum Call: Sendable {
    case book(Int, ReplyTo<Void>)
    case total(ReplyTo<Int>)
  }

  let disk: Disk.Ref
  var total = 0

  static func initialize(_ disk: Disk.Ref, context: Context) -> Initial { .ok(Ledger(disk: disk)) }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .book(let amount, let client):
      total += amount
      try await disk.write()
      return .reply(to: client)
    case .total(let client): return .reply(total, to: client)
    }
  }
}

extension ServerRef where Server == Disk {
  fileprivate func write() async throws(CallError) { try await call { .write($0) } }
}

extension ServerRef where Server == Ledger {
  fileprivate func total() async throws(CallError) -> Int { try await call { .total($0) } }

  fileprivate func book(_ amount: Int) async throws(CallError) {
    do {
      try await call(timeout: .milliseconds(290)) { .book(amount, $0) }
    } catch .timeout {
      try await call { .book(amount, $0) }
    }
  }
}

private actor Till {
  var sum = 0

  func add(_ amount: Int) -> Int {
    sum += amount
    return sum
  }
}

@Suite("Simulation of time, as in the guide") struct SimulatedTimeGuideTests {
  private struct BookedTwice: Error {}

  @Test("A retry that books twice is found")
  func lateAnswer() async throws {
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 0..<1000) { _ in
        let ledger = try await Ledger.start(try await Disk.start())
        try await ledger.book(10)
        if try await ledger.total() != 10 { throw BookedTwice() }
      }
    }
    #expect(failure?.underlying is BookedTwice)
    #expect((failure?.seed ?? 0) > 0)
  }

  @Test("What stays in the simulation, of all that the guide names")
  func substitutes() async throws {
    try await simulate(seeds: 0..<50) { simulation in
      let began = simulation.now
      await simulation.advance(by: .seconds(1))
      try #require(simulation.now - began == .seconds(1))

      let ledger = try await Ledger.start(try await Disk.start())
      let pending = ledger.sendRequest { .book(1, $0) }
      async let other: Void = ledger.book(2)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await ledger.book(3) }
        try await group.waitForAll()
      }
      try await other
      try await pending.value()

      let silent = try await Ledger.start(try await Disk.start())
      try await Sys.suspend(silent)
      let late: PendingReply<Int> = silent.sendRequest { .total($0) }
      try await #require(throws: CallError.timeout()) { try await late.value(timeout: .seconds(1)) }

      let till = Till()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 { group.addTask { try #require(await till.add(1) > 0) } }
        try await group.waitForAll()
      }

      try await withProcess { process in
        let before = process.now
        try #require(try await process.receive(Int.self, timeout: .seconds(2)) == nil)
        try #require(process.now - before == .seconds(2))
        let me = process.pid
        spawn { process in
          _ = try await process.receive(Int.self, timeout: .seconds(1))
          me.send(7)
        }
        try #require(try await process.expect(Int.self) == 7)
      }
    }
  }
}
