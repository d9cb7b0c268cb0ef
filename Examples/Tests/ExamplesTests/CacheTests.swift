import GenServerKit
import GenServerTesting
import Testing

@testable import Examples

@Suite struct CacheTests {
  @Test func theLeastRecentlyUsedMakesRoom() async throws {
    try await withTestRuntime { _ in
      let cache = try await Cache<String, Int>.start(.init(capacity: 2, timeToLive: .seconds(60)))
      cache.insert(1, for: "one")
      cache.insert(2, for: "two")
      #expect(try await cache.value(for: "one") == 1)
      cache.insert(3, for: "three")
      #expect(try await cache.value(for: "one") == 1)
      #expect(try await cache.value(for: "two") == nil)
      #expect(try await cache.value(for: "three") == 3)
      cache.remove("one")
      #expect(try await cache.count() == 1)
      #expect(try await cache.statistics() == .init(hits: 3, misses: 1, evictions: 1))
    }
  }

  @Test func whatIsTooOldIsGone() async throws {
    try await withTestRuntime { test in
      let cache = try await Cache<String, Int>.start(.init(capacity: 2, timeToLive: .seconds(60)))
      await test.clock.advance(by: .seconds(30))
      cache.insert(1, for: "one")
      await test.clock.advance(by: .seconds(59))
      #expect(try await cache.value(for: "one") == 1)
      await test.clock.advance(by: .seconds(1))
      #expect(try await cache.value(for: "one") == nil)
    }
  }

  @Test func whatNobodyReadsIsSwept() async throws {
    try await withTestRuntime { test in
      let cache = try await Cache<String, Int>.start(.init(capacity: 2, timeToLive: .seconds(60)))
      cache.insert(1, for: "one")
      #expect(try await cache.count() == 1)
      await test.clock.advance(by: .seconds(60))
      #expect(try await cache.count() == 0)
    }
  }

  @Test func aCacheWithoutRoomDoesNotStart() async throws {
    try await withTestRuntime { _ in
      let error = await #expect(throws: StartError.self) {
        try await Cache<String, Int>.start(.init(capacity: 0, timeToLive: .seconds(60)))
      }
      #expect(error == .failed(.failure(Cache<String, Int>.InvalidSettings())))
    }
  }
}
