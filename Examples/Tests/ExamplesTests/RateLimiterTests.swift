import Examples
import GenServerKit
import GenServerTesting
import Testing

@Suite struct RateLimiterTests {
  @Test func anEmptyBucketSaysWhenToComeBack() async throws {
    try await withTestRuntime { test in
      let limiter = try await RateLimiter.start(.init(capacity: 2, interval: .seconds(1)))
      try await limiter.take(2)
      await test.clock.advance(by: .milliseconds(250))
      await #expect(throws: RateLimiter.Failure.limited(retryAfter: .milliseconds(750))) { try await limiter.take() }
      await test.clock.advance(by: .milliseconds(750))
      try await limiter.take()
      await #expect(throws: RateLimiter.Failure.impossible(capacity: 2)) { try await limiter.take(3) }
    }
  }

  @Test func whoWaitsGetsTheNextToken() async throws {
    try await withTestRuntime { test in
      let limiter = try await RateLimiter.start(.init(capacity: 1, interval: .seconds(1)))
      try await limiter.take()
      async let token: Void = limiter.wait()
      await test.clock.waitForTimers()
      await #expect(throws: RateLimiter.Failure.limited(retryAfter: .seconds(2))) { try await limiter.take() }
      await test.clock.advance(by: .seconds(1))
      try await token
    }
  }
}
