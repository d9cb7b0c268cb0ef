import Examples
import GenServerKit
import GenServerTesting
import Testing

@Suite struct CircuitBreakerTests {
  struct ServiceIsDown: Error {}

  @Test func itOpensAndCloses() async throws {
    try await withTestRuntime { test in
      let breaker = try await CircuitBreaker.start(.init(maxFailures: 2, resetAfter: .seconds(10)))
      for _ in 1...2 {
        await #expect(throws: ServiceIsDown.self) { try await breaker.run { throw ServiceIsDown() } }
      }
      await test.clock.advance(by: .seconds(4))
      await #expect(throws: CircuitBreaker.Failure.open(retryAfter: .seconds(6))) { try await breaker.run {} }
      await test.clock.advance(by: .seconds(6))
      #expect(try await breaker.run { 1 } == 1)
      #expect(try await breaker.state() == .closed)
    }
  }

  @Test func oneProbeAtATime() async throws {
    try await withTestRuntime { test in
      let breaker = try await CircuitBreaker.start(.init(maxFailures: 1, resetAfter: .seconds(10)))
      await #expect(throws: ServiceIsDown.self) { try await breaker.run { throw ServiceIsDown() } }
      await test.clock.advance(by: .seconds(10))
      try await breaker.run {
        let state = try await breaker.state()
        #expect(state == .halfOpen)
        await #expect(throws: CircuitBreaker.Failure.self) { try await breaker.run {} }
      }
      #expect(try await breaker.state() == .closed)
    }
  }
}
