import GenServerKit
import GenServerTesting
import Logging
import Testing

private struct Role: Hashable, Sendable {
  let name: String
  let number: Int
}

@Suite("Labels", .timeLimit(.minutes(1))) struct LabelTests {
  private struct Labelling: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let pid = try server.own()
      #expect(pid.label == nil)
      try await server.ask { _, context in context.label = Role(name: "writer", number: 3) }
      #expect(try await server.ask { _, context in context.label as? Role } == Role(name: "writer", number: 3))
      #expect(pid.label as? Role == Role(name: "writer", number: 3))
      #expect(pid.snapshot?.label as? Role == Role(name: "writer", number: 3))
      let other = try await make()
      #expect(try await other.ask { _, context in context.label == nil })
      #expect(try other.own().snapshot?.label == nil)

      try await server.ask { _, context in context.label = "reader" }
      #expect(pid.label as? String == "reader")
      try await server.ask { _, context in context.label = nil }
      #expect(pid.label == nil)
      try await server.ask { _, context in context.label = "last" }
      _ = try await server.end(.normal)
      #expect(pid.label == nil)
    }
  }

  @Test("PROC-009: a server's label is read from inside and outside", arguments: SignalCase.allCases)
  func servers(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Labelling()) }
  }

  @Test("PROC-009: a server's label is read by name", arguments: PuppetLending.allCases)
  func byName(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(lending, name: "labelled")
      try await server.ask { _, context in context.label = 7 }
      #expect(Puppet.named("labelled").pid?.label as? Int == 7)
    }
  }

  @Test("PROC-009: a raw process's label is read from inside and outside")
  func rawProcesses() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        #expect(process.label == nil)
        process.label = Role(name: "reader", number: 1)
        #expect(process.label as? Role == Role(name: "reader", number: 1))
        let own = process.pid
        let pid = process.spawnLink { other in
          #expect(other.label == nil)
          #expect(own.label as? Role == Role(name: "reader", number: 1))
          other.label = "child"
          own.send("labelled")
          _ = try await other.receive()
        }
        #expect(try await process.receive(String.self) == "labelled")
        #expect(pid.label as? String == "child")
        process.unlink(pid)
        pid.exit(.shutdown)
        _ = await pid.waitForExit()
        #expect(pid.label == nil)
      }
    }
  }

  @Test("a label is in the metadata of the server's logs, and a long one in short")
  func logs() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.start()
      try await server.ask { _, context in
        context.logger.info("before")
        context.label = "writer"
        context.logger.info("with")
        context.label = String(repeating: "x", count: 1000)
        context.logger.info("long")
      }
      let entries = test.logs.entries
      #expect(entries.map(\.message) == ["before", "with", "long"])
      #expect(entries[0].metadata["label"] == nil)
      #expect(entries[1].metadata["label"] == "writer")
      #expect(entries[2].metadata["label"] == "\(String(repeating: "x", count: 200))… and 800 more bytes")
    }
  }
}
