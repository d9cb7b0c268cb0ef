import GenServerKit
import Testing

@testable import GenServerTesting

extension TestClock {
  /// Moves time, and fires what is due, without waiting for what comes of it.
  ///
  /// For handlers that stand at a gate: `advance(by:)` gives them a moment at each step, which they cannot use. What is to
  /// fire has to be armed before, and the test awaits what comes of it.
  func jump(by duration: Duration) {
    let target = (now + duration).nanoseconds
    while source.fireNext(until: target) {}
    source.move(to: target)
  }
}
