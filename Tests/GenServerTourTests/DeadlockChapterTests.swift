import GenServerKit
import Testing

@testable import GenServerTour

@Suite struct DeadlockChapterTests {
  @Test("S2-1: a call to oneself and a circle of calls are named errors, and time out without the check")
  func circles() async throws {
    let outcome = try await outcome(of: DeadlockChapter.circles)
    #expect(outcome.withoutCircle == "Ben knows")
    #expect(outcome.callingSelf == [.callingSelf(), .callingSelf()])
    #expect(outcome.circle == .deadlock(outcome.expectedCircle.compactMap { $0 }))
    #expect("\(outcome.circle)".contains("deadlock"))
    #expect(outcome.undetected == .timeout())
  }

  @Test("S2-2: a cast to oneself is handled after the current message") func cast() async throws {
    let outcome = try await outcome(of: DeadlockChapter.cast)
    #expect(outcome.during == ["rain"])
    #expect(outcome.after == ["rain", "rain, thought over"])
  }
}
