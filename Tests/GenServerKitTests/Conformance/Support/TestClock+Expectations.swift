import GenServerTesting
import Testing

extension TestClock {
  /// Expects that one of `count` armed timers fires after exactly this time, and none before. Throws if none does, so
  /// that nobody waits for what it would have brought.
  func expectTimer(
    after duration: Duration, of count: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    await waitForTimers(count)
    await advance(by: duration - .nanoseconds(1))
    #expect(armedTimers == count, "a timer fired too early", sourceLocation: sourceLocation)
    await advance(by: .nanoseconds(1))
    try #require(armedTimers < count, "no timer fired in time", sourceLocation: sourceLocation)
  }
}
