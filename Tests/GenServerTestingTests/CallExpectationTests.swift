import GenServerKit
import GenServerTesting
import Testing

@Suite("Expectations of calls and mailboxes", .timeLimit(.minutes(1))) struct CallExpectationTests {
  @Test("The error of a call that fails is returned, with its details")
  func fails() async throws {
    try await withTestRuntime { _ in
      let server = try await ClockedServer.start()
      try await server.stop()
      let error = try await expectCallError { try await server.call { .notes($0) } }
      #expect(error == .noProcess())
      #expect(error.details.request.contains("notes"))
    }
  }

  @Test("A call that returns, or throws something else, is a failure with the line")
  func other() async throws {
    struct Strange: Error {}
    try await withTestRuntime { _ in
      let server = try await ClockedServer.start()
      let line = UInt(#line) + 2
      do throws(ExpectationFailure) {
        try await expectCallError { try await server.call { .notes($0) } }
        Issue.record("it returned")
      } catch {
        #expect(error.line == line)
        #expect("\(error.fileID)" == #fileID)
        #expect(error.message.contains("returned []"))
      }
      let thrown = await #expect(throws: ExpectationFailure.self) { () async throws in
        try await expectCallError { throw Strange() }
      }
      #expect(thrown?.message.contains("Strange") == true)
    }
  }

  @Test("An exit signal that a server traps is awaited in its mailbox")
  func exit() async throws {
    try await withTestRuntime { _ in
      let server = try await Trapper.start()
      let linked = try await server.call { .spawn($0) }
      try await Sys.suspend(server)
      #expect(server.pid?.snapshot?.mailboxCount == 0)
      linked.exit(.killed)
      #expect(try await expectMailbox(of: server, toHold: 1) == 1)
      let failure = await #expect(throws: ExpectationFailure.self) { () async throws in
        try await expectMailbox(of: server, toHold: 2, within: .milliseconds(5))
      }
      #expect(failure?.message.contains("held 1") == true)
      try await Sys.resume(server)
      #expect(try await server.call { .exits($0) } == 1)
      try await server.stop()
      await #expect(throws: ExpectationFailure.self) { () async throws in try await expectMailbox(of: server, toHold: 1)
      }
    }
  }

  @Test("The same in a simulation")
  func simulated() async throws {
    try await simulate(seeds: 0..<20) { _ in
      let server = try await Trapper.start()
      let linked = try await server.call { .spawn($0) }
      try await Sys.suspend(server)
      linked.exit(.killed)
      try await expectMailbox(of: server, toHold: 1)
      try await Sys.resume(server)
      try #require(try await server.call { .exits($0) } == 1)
    }
  }
}

private struct Trapper: GenServer {
  enum Call: Sendable {
    case spawn(ReplyTo<PID>)
    case exits(ReplyTo<Int>)
  }
  enum Info: Sendable { case exited(Exit) }

  var exits = 0

  static func initialize(_: Void, context: Context) -> Initial {
    context.trapExits { .exited($0) }
    return .ok(Self())
  }
  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .spawn(let client): .reply(context.spawnLink { process in _ = try await process.receive() }, to: client)
    case .exits(let client): .reply(exits, to: client)
    }
  }
  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    exits += 1
    return .noReply
  }
}
