import GenServerKit
import Testing

@testable import GenServerTour

@Suite(.timeLimit(.minutes(1))) struct DeadlockChapterTests {
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

  @Test("S2-4: a call made of messages is answered, times out, and hears of an end") func handmadeCall() async throws {
    let outcome = try await outcome(of: DeadlockChapter.handmadeCall)
    #expect(outcome.answers == ["Will it rain? Yes.", "Is it cold? Yes."])
    #expect(outcome.silence == Oracle.Silence())
    #expect(outcome.stale == "Will it snow… Yes.")
    #expect(outcome.duringQuestion == .shutdownBecause("offended"))
    #expect(outcome.afterwards == .noProcess)
  }

  @Test("S2-8: a server that waits for another answers nobody, and one that does not wait does")
  func blockedServer() async throws {
    let outcome = try await outcome(of: DeadlockChapter.blockedServer)
    #expect(outcome.waiting == 1)
    #expect(outcome.whileBlocked == .timeout())
    #expect(outcome.whileBeside == "hello")
    #expect(outcome.files == ["the file", "the file"])
  }
}
