import GenServerKit
import GenServerTesting
import Synchronization
import Testing

@testable import Examples

@Suite struct ConnectionPoolTests {
  typealias Pool = ConnectionPool<Int>

  struct ServiceIsDown: Error {}

  func start(limit: Int) async throws -> Pool.Ref {
    let numbers = Numbers()
    return try await Pool.start(.init(limit: limit, open: { numbers.next() }))
  }

  @Test func connectionsAreUsedAgain() async throws {
    try await withTestRuntime { _ in
      let pool = try await start(limit: 2)
      #expect(try await pool.withConnection { $0 } == 1)
      #expect(try await pool.withConnection { $0 } == 1)
      await #expect(throws: ServiceIsDown.self) { try await pool.withConnection { _ in throw ServiceIsDown() } }
      #expect(try await pool.withConnection { $0 } == 2)
    }
  }

  @Test func aClientWaitsForAConnection() async throws {
    try await withTestRuntime { test in
      let pool = try await start(limit: 1)
      let connection = try await pool.checkout()
      async let next = pool.checkout()
      await test.clock.waitForTimers()
      pool.checkin(connection)
      #expect(try await next == connection)
    }
  }

  @Test func aClientThatGaveUpGetsNothing() async throws {
    try await withTestRuntime { test in
      let pool = try await start(limit: 1)
      let connection = try await pool.checkout()

      let late = Task { try await pool.within(.seconds(1)).checkout() }
      await test.clock.waitForTimers()
      await test.clock.advance(by: .seconds(1))
      await #expect(throws: CallError.timeout()) { try await late.value }

      let cancelled = Task { try await pool.checkout() }
      await test.clock.waitForTimers()
      cancelled.cancel()
      await #expect(throws: CallError.cancelled()) { try await cancelled.value }

      pool.checkin(connection)
      #expect(try await pool.status() == .init(idle: 1, lent: 0, opening: 0, waiting: 0))
      #expect(try await pool.checkout() == connection)
    }
  }

  @Test func aFailureToOpenIsTheClients() async throws {
    try await withTestRuntime { _ in
      let pool = try await Pool.start(.init(limit: 1, open: { throw ServiceIsDown() }))
      await #expect(throws: ServiceIsDown.self) { try await pool.checkout() }
      #expect(try await pool.status() == .init(idle: 0, lent: 0, opening: 0, waiting: 0))
    }
  }
}

final class Numbers: Sendable {
  private let last = Mutex(0)

  func next() -> Int {
    last.withLock {
      $0 += 1
      return $0
    }
  }
}
