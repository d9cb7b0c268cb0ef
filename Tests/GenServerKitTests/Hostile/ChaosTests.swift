import GenServerKit
import Testing

@Suite("Chaos") struct ChaosTests {
  @Test(
    "each of 20,000 calls has one outcome, and nothing is left", .timeLimit(.minutes(5)), arguments: Setup.everyLending)
  func chaos(_ setup: Setup) async throws {
    try await Chaos.run(setup, calls: 20_000 / Setup.everyLending.count)
  }

  @Test(
    "each of 400,000 calls has one outcome, and nothing is left", .tags(.stress), .enabled(if: isStressEnabled),
    arguments: Setup.everyLending)
  func greatChaos(_ setup: Setup) async throws {
    try await Chaos.run(setup, calls: 400_000 / Setup.everyLending.count)
  }
}
