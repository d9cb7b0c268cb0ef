import GenServerKit
import GenServerTesting
import Logging
import Testing

/// Has an Info of its own and an opinion about everything else.
private struct Postbox: GenServer {
  enum Call: Sendable { case letters(ReplyTo<[String]>) }
  enum Info: Sendable { case letter(String) }

  var letters: [String] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .letters(let client): .reply(letters, to: client)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .letter(let text): letters.append(text)
    }
    return .noReply
  }

  mutating func handleUnexpected(_ message: any Sendable, context: Context) throws -> Next {
    if let text = message as? String, text == "stop" { return .stop(.shutdown) }
    if let text = message as? String, text == "throw" { throw PuppetError("unexpected") }
    letters.append("unexpected: \(message)")
    return .noReply
  }
}

/// Expects no messages at all.
private struct DeafPostbox: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

@Suite("Messages by pid", .timeLimit(.minutes(1))) struct ForeignMessageTests {
  @Test("A value of the server's Info is handled as such, in order with the others")
  func ownInfo() async throws {
    try await withTestRuntime { test in
      let postbox = try await Postbox.start()
      let pid = try #require(postbox.pid)
      #expect(pid.send(Postbox.Info.letter("one")) == .enqueued)
      postbox.send(.letter("two"))
      #expect(pid.send("three") == .enqueued)
      pid.send(Postbox.Info.letter("four"))
      #expect(try await postbox.call { .letters($0) } == ["one", "two", "unexpected: three", "four"])
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("Every other value reaches the handler for what is unexpected")
  func foreign() async throws {
    try await withTestRuntime { _ in
      let postbox = try await Postbox.start()
      let pid = try #require(postbox.pid)
      pid.send(42)
      pid.send(Puppet.Info.note("of another server"))
      pid.send([1, 2])
      let letters = try await postbox.call { .letters($0) }
      #expect(letters.count == 3)
      #expect(letters.first == "unexpected: 42")
      #expect(letters.last == "unexpected: [1, 2]")
    }
  }

  @Test("That handler can stop the server and can throw")
  func stopping() async throws {
    try await withTestRuntime { test in
      let stopping = try await Postbox.start()
      stopping.pid?.send("stop")
      #expect(await stopping.waitForExit() == .shutdown)
      #expect(test.logs.entries.isEmpty)
      let throwing = try await Postbox.start()
      throwing.pid?.send("throw")
      #expect(await throwing.waitForExit() == .failure(PuppetError("unexpected")))
      #expect(test.logs.entries.map(\.level) == [.error])
      #expect(test.logs.entries.first?.metadata["message"] == "throw")
    }
  }

  @Test("Without one the message is logged and dropped")
  func byDefault() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(name: "puppet")
      let deaf = try await DeafPostbox.start()
      let pid = try #require(puppet.pid)
      pid.send("a stray message")
      #expect(try await puppet.notes().isEmpty)
      let entry = try #require(test.logs.entries.first)
      #expect(test.logs.entries.count == 1)
      #expect(entry.level == .error)
      #expect(entry.metadata["message"] == "a stray message")
      #expect(entry.metadata["pid"] == "\(pid)")
      #expect(entry.metadata["server"] == "Puppet")
      #expect(entry.metadata["name"] == "puppet")

      deaf.pid?.send(7)
      try await deaf.stop()
      #expect(test.logs.entries.count == 2)
      #expect(test.logs.entries.last?.metadata["message"] == "7")
      #expect(test.logs.entries.last?.metadata["server"] == "DeafPostbox")
    }
  }

  @Test("A message to a process that has ended goes nowhere")
  func dead() async throws {
    try await withTestRuntime { test in
      let postbox = try await Postbox.start()
      let pid = try #require(postbox.pid)
      try await postbox.stop()
      #expect(pid.send(Postbox.Info.letter("late")) == .noProcess)
      #expect(pid.send("late") == .noProcess)
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("Foreign messages count against the bound of a mailbox")
  func bound() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1)])
      let pid = try #require(puppet.pid)
      let gate = await puppet.hold()
      #expect(pid.send("one") == .enqueued)
      #expect(pid.send("two") == .refused)
      gate.open()
    }
  }
}
