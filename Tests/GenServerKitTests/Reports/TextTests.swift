import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Texts of what a process is known by", .timeLimit(.minutes(1))) struct TextTests {
  @Test("a snapshot says who it is, what it does and how many messages wait")
  func snapshot() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.ready(.never, name: "shelf")
      let pid = try #require(puppet.pid)
      #expect(pid.snapshot?.description == "Puppet \"shelf\" \(pid), waiting, 0 messages")
      try await puppet.ask { _, context in context.label = "full" }
      try await Sys.suspend(puppet)
      puppet.send(.note("one"))
      let text = try #require(pid.snapshot).description
      #expect(text == "Puppet \"shelf\" \(pid) labelled full, suspended, 1 message")
      let unnamed = try await Puppet.ready(.never)
      let other = try #require(unnamed.pid)
      #expect(other.snapshot?.description == "Puppet \(other), waiting, 0 messages")
    }
  }

  @Test("an error shows no process to who walks through it")
  func reflectedError() async throws {
    try await withTestRuntime { _ in
      let other = try await Puppet.ready(.never)
      let alive = try await Puppet.ready(.never)
      try await alive.ask { puppet, _ in puppet.notes = ["a note that nobody else sees"] }
      try await other.ask { puppet, _ in puppet.notes = ["a note that nobody else sees"] }
      for puppet in [alive, other] {
        // The living one does not answer in time.
        let error = await #expect(throws: CallError.self) {
          let _: Int = try await puppet.ask(
            timeout: .after(.zero),
            answering: { _, _, _ in
              if puppet == other { throw PuppetError("crash") }
            })
        }
        var shown = ""
        dump(error, to: &shown)
        #expect(shown.contains("exited in: Puppet"))
        #expect(!shown.contains("a note"))
        #expect(shown.split(separator: "\n").count < 20)
      }
    }
  }

  @Test("messages that tell of an end say whose it was, and why")
  func ends() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        let puppet = try await Puppet.start(name: "shelf")
        let pid = try #require(puppet.pid)
        let monitor = process.monitor(pid)
        process.link(pid)
        pid.exit(.shutdown)
        let exit = try await process.receive(Exit.self)
        #expect(exit.description == "exit of Puppet \"shelf\" \(pid): shutdown")
        let down = try await process.receive(Down.self) { $0.monitor == monitor }
        #expect(down.description == "end of Puppet \"shelf\" \(pid): shutdown")
      }
    }
  }

  @Test("a status is a value, and prints as text")
  func status() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.ready(.never, name: "shelf")
      let pid = try #require(puppet.pid)
      try await puppet.ask { _, context in context.label = "full" }
      let status = try await Sys.status(of: puppet)
      #expect(status.pid == pid)
      #expect(status.title == "Puppet \"shelf\" \(pid)")
      #expect(!status.isSuspended)
      #expect(status.parent == nil)
      #expect(status.label == "full")
      #expect(status.state.hasPrefix("Puppet(notes: []"))
      #expect("\(status)" == "\(status.title) running, parent none, label full, state \(status.state)")
    }
  }

  @Test("a start shows the reason that the formatter lets through, and else that it is hidden")
  func start() async throws {
    struct Broken: GenServer {
      static func initialize(_: Void, context: Context) throws -> Initial { throw PuppetError("broken") }
    }
    struct Discreet: GenServer {
      static func initialize(_: Void, context: Context) throws -> Initial { throw PuppetError("broken") }
      static func formatStatus(_ status: inout ServerStatus) { status.reason = nil }
    }
    try await withTestRuntime { _ in
      let hidden = ShownStatus.reason(.killed, by: Discreet.self)
      #expect("\(hidden)".contains("hidden by formatStatus of Discreet"))
      await #expect(throws: StartError.failed(.failure(PuppetError("broken")))) { try await Broken.start() }
      await #expect(throws: StartError.failed(hidden)) { try await Discreet.start() }
    }
  }
}
