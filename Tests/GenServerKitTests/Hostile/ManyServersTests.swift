import GenServerKit
import GenServerTesting
import Testing

@Suite("Many idle servers") struct ManyServersTests {
  @Test("ten thousand live side by side", .timeLimit(.minutes(5)))
  func tenThousand() async throws {
    try await expectLife(of: 10_000, PlainSequencer.self)
    try await expectLife(of: 10_000, AsyncSequencer.self)
  }

  @Test("a million live side by side, in little memory", .tags(.stress), .enabled(if: isStressEnabled))
  func million() async throws {
    try await expectLife(of: 1_000_000, PlainSequencer.self)
    try await expectLife(of: 1_000_000, AsyncSequencer.self)
  }

  private func expectLife<Server: Sequencer>(of count: Int, _: Server.Type) async throws {
    try await withTestRuntime { test in
      #if os(Linux)
        let before = try ResidentMemory.now()
      #endif
      var servers: [ServerRef<Server>] = []
      servers.reserveCapacity(count)
      for _ in 1...count {
        let server = try await Server.start(1)
        server.cast(.item(0, 1))
        servers.append(server)
      }
      for server in servers { #expect(try await server.last(of: 0) == 1) }
      #expect(test.runtime.processes.count == count)
      #if os(Linux)
        // The state is an array with memory of its own, and a message was queued and handled.
        let growth = try ResidentMemory.now() - before
        if count >= 1_000_000 { #expect(growth / count < 1500) }
      #endif
      try await test.runtime.shutdown(timeout: .seconds(60))
      #expect(test.runtime.processes.isEmpty)
      #expect(servers.allSatisfy { !$0.isAlive })
    }
  }
}
