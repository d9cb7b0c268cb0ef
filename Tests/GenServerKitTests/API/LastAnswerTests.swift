import GenServerKit
import GenServerTesting
import Testing

/// Answers and ends, after `terminate` where it has one.
private struct Leaving: GenServer {
  enum Call: Sendable { case leave(ReplyTo<Int>) }
  enum Cast: Sendable { case nothing }
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .leave(let client): .stop(.normal, replying: 1, to: client)
    }
  }
  func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
}

private struct AsyncLeaving: GenServer {
  enum Call: Sendable { case leave(ReplyTo<Int>) }
  enum Cast: Sendable { case nothing }
  var gate: PuppetGate?
  static func initialize(_ gate: PuppetGate?, context: Context) -> Initial { .ok(Self(gate: gate)) }
  func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .leave(let client): .stop(.normal, replying: 1, to: client)
    }
  }
  func handleCast(_ cast: Cast, context: Context) -> Next { .noReply }
  func terminate(_ reason: ExitReason, context: Context) async { await gate?.stand() }
}

@Suite("The last answer of a server", .timeLimit(.minutes(1))) struct LastAnswerTests {
  @Test("Whoever gets it finds the name free and the server ended", arguments: PuppetLending.allCases)
  func plain(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      for _ in 0..<200 {
        let server = try await Leaving.start(name: "leaving", options: [lending.option])
        #expect(try await server.call { .leave($0) } == 1)
        #expect(!server.isAlive)
        #expect(server.cast(.nothing) == .noProcess)
        let next = try await Leaving.start(name: "leaving")
        try await next.stop()
      }
    }
  }

  @Test("The same after an async `terminate`", arguments: PuppetLending.allCases)
  func async(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      for _ in 0..<200 {
        let server = try await AsyncLeaving.start(nil, name: "leaving", options: [lending.option])
        #expect(try await server.call { .leave($0) } == 1)
        #expect(server.cast(.nothing) == .noProcess)
        let next = try await AsyncLeaving.start(nil, name: "leaving")
        try await next.stop()
      }
    }
  }

  @Test("A kill while `terminate` runs takes it back: the caller gets the reason")
  func overtaken() async throws {
    try await withTestRuntime { _ in
      let gate = PuppetGate()
      let server = try await AsyncLeaving.start(gate, name: "leaving")
      let call = Task { try await server.call(timeout: .infinity) { .leave($0) } }
      await gate.reached.value()
      server.exit(.killed)
      gate.open()
      await #expect(throws: CallError.exit(.killed)) { try await call.value }
    }
  }

  @Test("It comes before anybody hears of the end")
  func before() async throws {
    try await withTestRuntime { _ in
      let server = try await Leaving.start(options: [.callsInPlace(.never)])
      // The caller is itself one that waits for the end, and gets the answer.
      for _ in 0..<3 {
        let server = try await Leaving.start(options: [.callsInPlace(.never)])
        async let end = server.waitForExit()
        #expect(try await server.call { .leave($0) } == 1)
        #expect(await end == .normal)
      }
      try await server.stop()
    }
  }
}

@Suite("A typed reference from a pid", .timeLimit(.minutes(1))) struct ReferenceFromPIDTests {
  @Test("It leads to the server, also when that has ended; another type gets none")
  func reference() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      let pid = try #require(puppet.pid)
      #expect(Puppet.Ref(pid) == puppet)
      #expect(AsyncPuppet.Ref(pid) == nil)
      #expect(Puppet.Ref(spawn { _ in }) == nil)
      try await puppet.stop()
      let late = try #require(Puppet.Ref(pid))
      await #expect(throws: CallError.noProcess()) { try await late.notes() }
    }
  }
}
