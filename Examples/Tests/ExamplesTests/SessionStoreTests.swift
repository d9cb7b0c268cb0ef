import GenServerKit
import GenServerTesting
import Testing

@testable import Examples

@Suite struct SessionStoreTests {
  @Test func useKeepsASessionAlive() async throws {
    try await withTestRuntime { test in
      let sessions = try await SessionStore.start(.seconds(600))
      let token = try await sessions.open(user: "ada")
      let opened = test.clock.wallTime
      await test.clock.advance(by: .seconds(599))
      #expect(try await sessions.session(token) == .init(user: "ada", created: opened))
      await test.clock.advance(by: .seconds(599))
      #expect(try await sessions.session(token).user == "ada")
      await test.clock.advance(by: .seconds(600))
      await #expect(throws: SessionStore.Failure.noSession) { try await sessions.session(token) }
    }
  }

  @Test func sessionsCanBeClosed() async throws {
    try await withTestRuntime { test in
      let sessions = try await SessionStore.start(.seconds(600))
      let (first, second) = (try await sessions.open(user: "ada"), try await sessions.open(user: "ada"))
      let other = try await sessions.open(user: "bob")
      sessions.close(first)
      #expect(try await sessions.closeAll(user: "ada") == 1)
      await #expect(throws: SessionStore.Failure.noSession) { try await sessions.session(second) }
      #expect(try await sessions.session(other).user == "bob")
      #expect(test.clock.armedTimers == 1)
    }
  }

  @Test func noErrorShowsAToken() async throws {
    try await withTestRuntime { _ in
      let sessions = try await SessionStore.start(.seconds(600))
      let token = try await sessions.open(user: "ada")
      try await sessions.stop()
      let error = await #expect(throws: CallError.noProcess()) { try await sessions.session(token) }
      #expect(error.map { "\($0)".contains(token.secret) } == false)
    }
  }
}
