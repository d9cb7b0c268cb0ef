import Examples
import GenServerKit
import GenServerTesting
import Testing

@Suite struct GameTableTests {
  @Test func playersTakeTurns() async throws {
    try await withTestRuntime { _ in
      let table = try await GameTable.start(.init(seats: 2, sticks: 5))
      try await table.join("Ada")
      await #expect(throws: GameTable.Failure.notPlaying) { try await table.take(1, as: "Ada") }
      try await table.join("Bob")
      await #expect(throws: GameTable.Failure.tableIsFull) { try await table.join("Eve") }
      await #expect(throws: GameTable.Failure.notYourTurn) { try await table.take(1, as: "Bob") }
      await #expect(throws: GameTable.Failure.illegalMove) { try await table.take(4, as: "Ada") }
      #expect(try await table.take(3, as: "Ada").phase == .turn(of: "Bob"))
      #expect(try await table.take(2, as: "Bob").phase == .over(winner: "Bob"))
      #expect(try await table.winner() == "Bob")
    }
  }

  @Test func whoIsTooSlowIsOut() async throws {
    try await withTestRuntime { test in
      let table = try await GameTable.start(.init(seats: 3, turnTime: .seconds(30)))
      for player in ["Ada", "Bob", "Eve"] { try await table.join(player) }
      await test.clock.advance(by: .seconds(20))
      #expect(try await table.view().phase == .turn(of: "Ada"))
      await test.clock.advance(by: .seconds(10))
      #expect(try await table.view().phase == .turn(of: "Bob"))
      async let winner = table.winner()
      await test.clock.advance(by: .seconds(30))
      #expect(try await winner == "Eve")
    }
  }
}
