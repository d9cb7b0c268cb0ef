import GenServerKit
import GenServerTesting
import Testing

@Suite("Messages that nobody waits for", .timeLimit(.minutes(2)))
struct CastAndInfoTests {
  @Test("GS-027: messages are handled one at a time, in the order in which they came", arguments: Setup.all)
  func order(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      var expected: [String] = []
      for round in 1...50 {
        probe.cast(.note("first \(round)"))
        probe.cast(.note("second \(round)"))
        expected += ["first \(round)", "second \(round)", "call \(round)"]
        #expect(try await probe.call { .note("call \(round)", $0) } == expected)
      }
      #expect(journal.lines == ["initialized"] + expected.flatMap { ["begin \($0)", "end \($0)"] })
    }
  }

  // Via names come with registries.
  @Test("GS-028: a cast never fails", arguments: Setup.all)
  func cast(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let probe = try await setup.start()
      let dead = try await setup.start(name: "dead")
      try await dead.stop()
      #expect(probe.cast(.note("a")) == .enqueued)
      #expect(dead.cast(.note("b")) == .noProcess)
      #expect(setup.named("nobody").cast(.note("c")) == .noProcess)
      #expect(try await probe.notes() == ["a"])
    }
  }

  @Test(
    "GS-029: a cast's handler stops the server", arguments: Setup.all,
    [.normal, .shutdown, .shutdownBecause("full"), .failure(ProbeError("broken"))] as [ExitReason])
  func stopInCast(setup: Setup, reason: ExitReason) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let probe = try await setup.start(ProbePlan(journal: journal))
      probe.cast(.note("a"))
      probe.cast(.stop(reason))
      #expect(await probe.pid.waitForExit() == reason)
      #expect(journal.lines(beginningWith: "terminated") == [#"terminated by \#(reason) with ["a"]"#])
    }
  }

  @Test("GS-030: other messages reach the info handler, in order with the rest", arguments: Setup.all)
  func info(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      var expected: [String] = []
      for round in 1...20 {
        probe.cast(.note("a \(round)"))
        #expect(probe.send(.note("b \(round)")) == .enqueued)
        #expect(probe.pid.send(ProbeInfo.note("c \(round)")) == .enqueued)
        probe.cast(.note("d \(round)"))
        expected += ["a \(round)", "info b \(round)", "info c \(round)", "d \(round)"]
        #expect(try await probe.notes() == expected)
      }
      #expect(test.logs.errors.isEmpty)
    }
  }

  @Test("GS-031: a message that is not of the server's Info is logged and dropped", arguments: Setup.all)
  func unexpectedMessage(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      #expect(try await probe.call { .note("before", $0) } == ["before"])
      let pid = try #require(probe.address.pid)
      #expect(pid.send("who is there?") == .enqueued)
      #expect(try await probe.notes() == ["before"])
      #expect(pid.isAlive)
      expectUnexpected("who is there?", at: pid, of: "Probe", in: test.logs)
    }
  }

  @Test("GS-031: a plain server without an info handler")
  func plainWithoutInfo() async throws { try await withoutInfo(PlainDeaf.self) }

  @Test("GS-031: an async server without an info handler")
  func asyncWithoutInfo() async throws { try await withoutInfo(AsyncDeaf.self) }

  private func withoutInfo<Server: Deaf>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      let server = try await Server.start(name: "deaf")
      #expect(try await server.count() == 1)
      let pid = try #require(Server.named("deaf").pid)
      #expect(pid.send(["who", "is", "there?"]) == .enqueued)
      #expect(try await server.count() == 2)
      expectUnexpected("there?", at: pid, of: "Deaf", in: test.logs)
    }
  }

  private func expectUnexpected(
    _ message: String, at pid: PID, of type: String, in logs: LogRecorder,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let entries = logs.errors
    #expect(entries.count == 1, sourceLocation: sourceLocation)
    let metadata = entries.first?.metadata.mapValues { "\($0)" } ?? [:]
    #expect(metadata["message"]?.contains(message) == true, sourceLocation: sourceLocation)
    #expect(metadata["pid"] == "\(pid)", sourceLocation: sourceLocation)
    #expect(metadata["server"]?.contains(type) == true, sourceLocation: sourceLocation)
  }
}
