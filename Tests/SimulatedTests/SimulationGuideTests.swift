import GenServerKit
import GenServerTesting
import Testing

private struct Account: GenServer {
  enum Call: Sendable {
    case balance(ReplyTo<Int>)
    case withdraw(Int, ReplyTo<Int>)
  }

  var balance: Int

  static func initialize(_ balance: Int, context: Context) -> Initial { .ok(Self(balance: balance)) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .balance(let client): return .reply(balance, to: client)
    case .withdraw(let amount, let client):
      balance -= amount
      return .reply(balance, to: client)
    }
  }
}

extension ServerRef where Server == Account {
  fileprivate func balance() async throws(CallError) -> Int { try await call { .balance($0) } }
  fileprivate func withdraw(_ amount: Int) async throws(CallError) { _ = try await call { .withdraw(amount, $0) } }
}

private func pay(_ amount: Int, from account: ServerRef<Account>) async throws {
  if try await account.balance() >= amount { try await account.withdraw(amount) }
}

/// The example of the guide "Simulating a system".
@Suite("Simulation, as in the guide") struct SimulationGuideTests {
  private struct Overdrawn: Error {}

  @Test("Two payments that both find enough are found")
  func race() async throws {
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 0..<1000) { simulation in
        let account = try await Account.start(100)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<2 { group.addTask { try await pay(80, from: account) } }
          try await group.waitForAll()
        }
        if try await account.balance() < 0 { throw Overdrawn() }
      }
    }
    let found = try #require(failure)
    #expect(found.underlying is Overdrawn)
    #expect("\(found)".hasPrefix("simulation with seed 1 fails: Overdrawn()\nafter 11 steps, shortened to 10:\n"))
    #expect("\(found)".contains("simulate(seed: \(found.seed)) shows it again"))
    #expect(
      found.trace == [
        "the test begins",
        "  Account <0.0.0> starts",
        "task 1 begins (1 of 2)",
        "  waits for Account <0.0.0>",
        "task 2 begins (1 of 2)",
        "  waits for Account <0.0.0>",
        "Account <0.0.0> runs: balance",
        "  Account <0.0.0> handles balance",
        "task 1 goes on (1 of 2)",
        "  the caller runs Account <0.0.0>: withdraw(80) (1 of 2)",
        "task 2 goes on (1 of 2)",
        "  the caller runs Account <0.0.0>: withdraw(80) (1 of 2)",
        "the test goes on",
        "  the caller runs Account <0.0.0>: balance (1 of 2)",
      ])
  }

  @Test("A fault happens in every order")
  func faults() async throws {
    try await simulate(seeds: 0..<100) { simulation in
      simulation.faults.inject(.kill(atMessage: 2), into: Account.self)
      let account = try await simulation.start(Account.self, 100, mayCrash: true)
      try await account.withdraw(10)
      await #expect(throws: CallError.exit(.killed)) { try await account.withdraw(10) }
    }
  }
}
