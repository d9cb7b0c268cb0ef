import Testing

@testable import GenServerTour

@Suite struct OrderChapterTests {
  @Test("S0-3: calls, casts and messages reach the same state, and both sides log") func threeWays() async throws {
    let outcome = try await outcome(of: OrderChapter.threeWays)
    #expect(outcome.states == [0, 1, 6])
    #expect(
      outcome.lines == [
        "REQUEST ORDER: 1", "PROCESS ORDER: 1", "REQUEST ORDER: 2", "PROCESS ORDER: 2", "PROCESS ORDER: 3",
      ])
  }

  @Test("S0-4: the second call is sent when the first is answered") func calls() async throws {
    let outcome = try await outcome(of: OrderChapter.calls)
    #expect(outcome.state == 3)
    #expect(
      outcome.lines == ["REQUEST ORDER: 1", "PROCESS ORDER: 1", "REQUEST ORDER: 2", "PROCESS ORDER: 2"])
  }

  @Test("S0-5: both casts are sent before the first is done, and keep their order") func casts() async throws {
    let outcome = try await outcome(of: OrderChapter.casts)
    #expect(outcome.meanwhile == ["REQUEST ORDER: 1", "REQUEST ORDER: 2"])
    #expect(outcome.state == 3)
    #expect(
      outcome.lines == ["REQUEST ORDER: 1", "REQUEST ORDER: 2", "PROCESS ORDER: 1", "PROCESS ORDER: 2"])
  }

  @Test("S0-6: plain messages keep their order, and nobody logs them at the client") func messages() async throws {
    let outcome = try await outcome(of: OrderChapter.messages)
    #expect(outcome.state == 3)
    #expect(outcome.lines == ["PROCESS ORDER: 1", "PROCESS ORDER: 2"])
  }

  @Test("S0-8: mixed requests are handled in the order of sending") func mixture() async throws {
    let outcome = try await outcome(of: OrderChapter.mixture)
    #expect(outcome.state == 21)
    #expect(outcome.lines == (1...6).map { "PROCESS ORDER: \($0)" })
  }
}
