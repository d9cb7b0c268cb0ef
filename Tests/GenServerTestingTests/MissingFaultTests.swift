import GenServerKit
import GenServerTesting
import Testing

@Suite("Faults that do not happen", .timeLimit(.minutes(1))) struct MissingFaultTests {
  @Test("They fail the test, at the line of the injection", arguments: DeskKind.allCases)
  func tooFewMessages(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      let line = #line + 2
      let failure = await failure { test in
        test.faults.inject(
          .kill(atMessage: 3), .dropReply(toCall: 1), .delayReply(toCall: 2, by: .seconds(1)), into: type)
        let server = try await test.start(type, .empty)
        let call = Task.immediate { try await server.call(timeout: .seconds(1)) { .sum($0) } as Int }
        // What lies in the mailbox before it has been handled.
        _ = try await Sys.status(of: server)
        await test.clock.advance(by: .seconds(1))
        await #expect(throws: CallError.timeout()) { try await call.value }
        // Not counted.
        server.cast(.ask(try await PlainDesk.start(.empty)))
        _ = try await Sys.status(of: server)
      }
      #expect(failure?.line == UInt(line))
      #expect(
        failure?.message == """
          kill(atMessage: 3), delayReply(toCall: 2, by: 1.0 seconds), injected here into \(type), did not happen: the \
          \(type) that it was for took fewer messages that count
          """)
    }
    try await run(kind.type)
  }

  @Test("A type of which none is started is named")
  func noStart() async throws {
    let failure = await failure { test in
      test.faults.inject(.failStart(.killed), into: PlainDesk.self)
      _ = try await AsyncDesk.start(.empty)
    }
    #expect(
      failure?.message == """
        failStart(killed), injected here into PlainDesk, did not happen: no PlainDesk was started that it was for
        """)
  }

  @Test("Once is enough, of as many starts as there may be")
  func once() async throws {
    try await withTestRuntime { test in
      test.faults.inject(.exit(.shutdown, atMessage: 1), into: PlainDesk.self, times: 100)
      let first = try await test.start(PlainDesk.self, .empty)
      _ = try await test.start(PlainDesk.self, .empty)
      first.cast(.add(1))
      #expect(try await expectExit(of: first) == .shutdown)
    }
  }

  @Test("One that happens while the server is stopped counts")
  func atTheEnd() async throws {
    try await withTestRuntime { test in
      test.faults.inject(.delay(message: 20, by: .seconds(1)), into: PlainDesk.self)
      let server = try await test.start(PlainDesk.self, .empty)
      for _ in 0..<20 { server.cast(.add(1)) }
    }
  }

  @Test("What the body throws, and a crash, go before")
  func otherFailures() async throws {
    await #expect(throws: Desk.Broken.self) {
      try await withTestRuntime { test in
        test.faults.inject(.kill(atMessage: 1), into: PlainDesk.self)
        throw Desk.Broken()
      }
    }
    let failure = await failure { test in
      test.faults.inject(.kill(atMessage: 9), into: PlainDesk.self)
      let server = try await test.start(PlainDesk.self, .empty)
      server.cast(.fail)
      _ = await server.waitForExit()
    }
    #expect(failure?.message.contains("ended unexpectedly") == true)
  }

  @Test("Who waits for an end in vain hears of the fault that is still to come")
  func stillToCome() async throws {
    let failure = await failure { test in
      test.faults.inject(.kill(atMessage: 2), into: PlainDesk.self)
      let server = try await test.start(PlainDesk.self, .empty)
      server.cast(.add(1))
      _ = try await Sys.status(of: server)
      try await expectExit(of: server, within: .milliseconds(10))
    }
    let message = try #require(failure?.message)
    #expect(message.contains("; still to come is kill(atMessage: 2); messages that count and were taken so far: 1"))
  }

  private func failure(of body: (TestRuntime) async throws -> Void) async -> ExpectationFailure? {
    await #expect(throws: ExpectationFailure.self) { try await withTestRuntime { try await body($0) } }
  }
}
