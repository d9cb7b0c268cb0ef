import GenServerTesting
import Testing

extension TestClock {
  /// Expects that one of `count` armed timers fires after exactly this time, and none before. Throws if none does, so
  /// that nobody waits for what it would have brought. What it brings has to be awaited.
  func expectTimer(
    after duration: Duration, of count: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    await waitForTimers(count)
    jump(by: duration - .nanoseconds(1))
    #expect(armedTimers == count, "a timer fired too early", sourceLocation: sourceLocation)
    jump(by: .nanoseconds(1))
    try #require(armedTimers < count, "no timer fired in time", sourceLocation: sourceLocation)
  }
}
