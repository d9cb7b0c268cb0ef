import GenServerKit
import GenServerTesting
import Testing

@Suite("Hibernate") struct HibernateTests {
  @Test(
    "GS-045: a server that hibernates keeps its state and wakes on a message", arguments: Setup.all, Trigger.allCases)
  func keepsState(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop(LoopPlan(order: Order("initialize", ending: .hibernate)))
      var answers: [Task<Void, any Error>] = []
      for round in 1...3 {
        let handled = Signal()
        answers.append(trigger.give(Order("round \(round)", ending: .hibernate, done: handled), to: server))
        await handled.wait()
      }
      #expect(try await server.notes() == ["initialize", "round 1", "round 2", "round 3"])
      _ = try await server.follow(Order("last"))
      for answer in answers { try await answer.value }
    }
  }

  @Test("GS-045: a server that hibernates loses nothing of a full mailbox", arguments: Setup.all)
  func losesNothing(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      for number in 1...100 { server.address.cast(Order("\(number)", ending: .hibernate)) }
      #expect(try await server.notes() == (1...100).map { "\($0)" })
    }
  }

  @Test("GS-045: a server that hibernates wakes when the time is up", arguments: Setup.all)
  func wakesOnTimeout(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let idle = Signal()
      let order = Order(
        "initialize", ending: .hibernateWithTimeout(.milliseconds(100), Order("idle", done: idle)))
      let server = try await setup.startLoop(LoopPlan(order: order))
      try await test.clock.expectTimer(after: .milliseconds(100))
      await idle.wait()
      #expect(try await server.notes() == ["initialize", "idle"])
    }
  }
}
