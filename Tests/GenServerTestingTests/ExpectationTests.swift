import GenServerKit
import GenServerTesting
import Logging
import Testing

/// A message that is told from others by its number.
private struct Note: Sendable, Equatable { let number: Int }

@Suite("Expectations", .timeLimit(.minutes(1))) struct ExpectationTests {
  @Test("The end of a server or a process is awaited, and its reason returned", arguments: DeskKind.allCases)
  func exit(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withTestRuntime { _ in
        let byPID = try await Server.start(.empty)
        byPID.cast(.fail)
        #expect(try await expectExit(of: byPID) == .failure(Desk.Broken()))
        #expect(try await expectExit(of: byPID) == .failure(Desk.Broken()))
        let byName = Server.named("desk")
        #expect(try await expectExit(of: byName) == .noProcess)
        _ = try await Server.start(.empty, name: "desk")
        byName.cast(.stop)
        #expect(try await expectExit(of: byName) == .shutdown || byName.pid == nil)
        let raw = spawn { _ in throw ExitReason.shutdown }
        #expect(try await expectExit(of: raw) == .shutdown)
      }
    }
    try await run(kind.type)
  }

  @Test("An end that does not come is a failure that names the process, what it does, and the line")
  func noExit() async throws {
    try await withTestRuntime { test in
      let server = try await PlainDesk.start(.empty, name: "desk")
      // The wall's time is up while the test's clock stands still.
      let failure = await #expect(throws: ExpectationFailure.self) {
        try await expectExit(of: server, within: .milliseconds(1))
      }
      let line = UInt(#line) - 3
      #expect(failure?.line == line)
      #expect("\(failure?.fileID ?? "")" == #fileID)
      let title = "PlainDesk \"desk\" \(try #require(server.pid))"
      #expect(failure?.message == "waited 0.001 seconds for the end of \(title), which is waiting for messages")
      #expect(failure?.description == "\(#fileID):\(line): \(failure?.message ?? "")")
      #expect(server.isAlive)
      // The test's clock counts as well.
      let wait = Task { try await expectExit(of: server, within: .seconds(60)) }
      await test.clock.waitForTimers(1)
      await test.clock.advance(by: .seconds(60))
      await #expect(throws: ExpectationFailure.self) { try await wait.value }
    }
  }

  @Test("A task that is cancelled waits no longer")
  func cancelled() async throws {
    try await withTestRuntime { test in
      let server = try await PlainDesk.start(.empty)
      let wait = Task { try await expectExit(of: server, within: .seconds(60)) }
      await test.clock.waitForTimers(1)
      wait.cancel()
      await #expect(throws: ExpectationFailure.self) { try await wait.value }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("A message is taken that is wanted, and the others stay")
  func message() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process in
        process.pid.send("text")
        process.pid.send(Note(number: 1))
        process.pid.send(Note(number: 2))
        let second = try await process.expect(Note.self) { $0.number == 2 }
        #expect(second == Note(number: 2))
        #expect(try await process.expect(Note.self) == Note(number: 1))
        let me = process.pid
        Task { me.send(3) }
        #expect(try await process.expect(Int.self) == 3)
        #expect(try await process.expect((any Sendable).self) as? String == "text")
        try await process.expectNothing()
      }
    }
  }

  @Test("A message that does not come is a failure that lists the mailbox and the processes", arguments: [true, false])
  func noMessage(onWall: Bool) async throws {
    try await withTestRuntime { test in
      try await withProcess { process in
        let server = try await PlainDesk.start(.empty)
        process.pid.send("text")
        process.pid.send(Note(number: 1))
        let within: Duration = onWall ? .milliseconds(1) : .zero
        let failure = await #expect(throws: ExpectationFailure.self) {
          try await process.expect(Note.self, within: within) { $0.number == 2 }
        }
        #expect(failure?.line == UInt(#line) - 3)
        #expect(
          failure?.message == """
            waited \(within) while a message of type Note was expected; the mailbox holds String: text, \
            Note: Note(number: 1); PlainDesk \(try #require(server.pid)) is waiting for messages
            """)
        // The end of the wait is no message.
        #expect(try await process.expect((any Sendable).self) as? String == "text")
        _ = try await process.expect(Note.self)
        try await process.expectNothing()
        #expect(test.clock.armedTimers == 0)
      }
    }
  }

  @Test("The end of a watch is expected, else the failure tells what is watched")
  func down() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process in
        let (server, monitor) = try await PlainDesk.startMonitored(.empty)
        let failure = await #expect(throws: ExpectationFailure.self) {
          try await process.expectDown(of: monitor, within: .zero)
        }
        #expect(failure?.line == UInt(#line) - 3)
        #expect(failure?.message.hasSuffix("expected was that of the monitor of PlainDesk \(server.pid!)") == true)
        server.cast(.fail)
        #expect(try await process.expectDown(of: monitor).reason == .failure(Desk.Broken()))
      }
    }
  }

  @Test("A process that has been told to exit expects nothing more")
  func exiting() async throws {
    try await withTestRuntime { _ in
      let failures = try await withProcess { tester in
        let me = tester.pid
        let raw = spawn { process in
          do { try await process.expect(Note.self, within: .seconds(60)) } catch { me.send(error) }
        }
        // Until it waits.
        try await tester.expectNothing()
        raw.exit(.shutdown)
        return try await tester.expect(ExpectationFailure.self)
      }
      #expect(failures.message.hasPrefix("was told to exit: shutdown while a message of type Note was expected"))
    }
  }

  @Test("Silence is expected once the others wait")
  func silence() async throws {
    try await withTestRuntime { test in
      try await withProcess { process in
        try await process.expectNothing()
        let me = process.pid
        let chain = spawn { process in
          let number = try await process.receive(Int.self)
          // Turns that others see as being busy.
          for _ in 0..<100 { await Task.yield() }
          me.send(number + 1)
        }
        try await process.expectNothing()
        chain.send(1)
        let failure = await #expect(throws: ExpectationFailure.self) { try await process.expectNothing() }
        #expect(failure?.line == UInt(#line) - 1)
        #expect(failure?.message == "no message was expected; the mailbox holds Int: 2")
      }
    }
  }

  @Test("A record of the log is awaited, also one that is there, else the failure lists what was logged")
  func log() async throws {
    try await withTestRuntime { test in
      let server = try await PlainDesk.start(.empty)
      let wait = Task { try await test.logs.first { $0.message == "second" } }
      server.cast(.log("first"))
      server.cast(.log("second"))
      #expect(try await wait.value.message == "second")
      #expect(try await test.logs.first { $0.message == "first" }.level == .notice)
      let failure = await #expect(throws: ExpectationFailure.self) {
        try await test.logs.first(within: .milliseconds(1)) { $0.message == "third" }
      }
      #expect(failure?.line == UInt(#line) - 3)
      #expect(
        failure?.message == """
          waited 0.001 seconds for a record of the log; logged was:
            notice: first
            notice: second
          """)
    }
  }
}
