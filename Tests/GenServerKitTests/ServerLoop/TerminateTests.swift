import GenServerKit
import GenServerTesting
import Testing

@Suite("Terminate") struct TerminateTests {
  @Test("GS-034: a server without terminate ends for exactly the reason given")
  func defaultTerminate() async throws {
    try await expectExactReasons(PlainMinimal.self)
    try await expectExactReasons(AsyncMinimal.self)
  }

  private func expectExactReasons<Server: Minimal>(_: Server.Type) async throws {
    try await withTestRuntime { _ in
      let error = ProbeError("test")
      // Twice: a type whose servers are known to have no `terminate` takes a shorter way.
      for _ in 1...2 {
        for lending in [StartOption.CallsInPlace.never, .whenFast, .always] {
          for reason in StopTests.reasons {
            let byPID = try await Server.start(options: [.callsInPlace(lending)])
            try await byPID.stop(reason)
            #expect(await byPID.waitForExit() == reason)

            let named = try await Server.start(name: "minimal", options: [.callsInPlace(lending)])
            try await Server.named("minimal").stop(reason)
            #expect(await named.waitForExit() == reason)

            let stopping = try await Server.start(options: [.callsInPlace(lending)])
            #expect(try await stopping.call { .stop(reason, $0) } == 42)
            #expect(await stopping.waitForExit() == reason)
          }
          let failing = try await Server.start(options: [.callsInPlace(lending)])
          failing.cast(.fail(error))
          #expect(await failing.waitForExit() == .failure(error))
        }
      }
    }
  }

  @Test(
    "GS-052: terminate runs once, with the reason and the state, when a handler stops", arguments: Setup.all,
    Trigger.allCases)
  func handlerStops(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { _ in
      for reason in StopTests.reasons {
        let journal = Journal()
        let server = try await setup.startLoop(LoopPlan(journal: journal))
        let answer = trigger.give(
          Order("handler", messages: [Order("message")], ending: .stop(reason)), to: server)
        #expect(await server.pid.waitForExit() == reason)
        #expect(journal.lines == [#"terminate: \#(reason), ["handler"]"#])
        if trigger == .callWithoutAnswer {
          await #expect(throws: CallError.exit(reason)) { try await answer.value }
        } else {
          try await answer.value
        }
      }
    }
  }

  @Test("GS-052: terminate has run when the answer of a handler that stops comes", arguments: Setup.all)
  func answersAfterTerminate(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let server = try await setup.startLoop(LoopPlan(journal: journal))
      #expect(try await server.follow(Order("handler", ending: .stop(.normal))) == ["handler"])
      #expect(journal.lines == [#"terminate: normal, ["handler"]"#])
    }
  }

  @Test(
    "GS-053: terminate runs once, with the error in the reason, when a handler throws", arguments: Setup.all,
    Trigger.allCases)
  func handlerThrows(_ setup: Setup, _ trigger: Trigger) async throws {
    let error = ProbeError("thrown")
    // A reason that is thrown is the reason itself; any other error stands in it.
    let cases: [(thrown: any Error, reason: ExitReason)] = [
      (error, .failure(error)), (ExitReason.shutdownBecause("thrown"), .shutdownBecause("thrown")),
    ]
    try await withTestRuntime { _ in
      for (thrown, reason) in cases {
        let journal = Journal()
        let server = try await setup.startLoop(LoopPlan(journal: journal))
        let answer = trigger.give(
          Order("handler", messages: [Order("message")], ending: .fail(thrown)), to: server)
        #expect(await server.pid.waitForExit() == reason)
        #expect(journal.lines == [#"terminate: \#(reason), ["handler"]"#])
        if trigger.isCall {
          await #expect(throws: CallError.exit(reason)) { try await answer.value }
        } else {
          try await answer.value
        }
      }
    }
  }

  @Test("GS-053: an error that terminate throws becomes the reason", arguments: Setup.all)
  func terminateThrowsAfterAHandlerThrew(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let second = ProbeError("second")
      let journal = Journal()
      let server = try await setup.startLoop(LoopPlan(journal: journal, error: second))
      await #expect(throws: CallError.exit(.failure(second))) {
        try await server.follow(Order("", ending: .fail(ProbeError("first"))))
      }
      #expect(await server.pid.waitForExit() == .failure(second))
      #expect(journal.lines == ["terminate: \(ExitReason.failure(ProbeError("first"))), []"])
    }
  }
}
