import GenServerKit
import GenServerTesting
import Testing

/// What servers can do wrong with the right to answer. One at a time: each has threads of its own.
@Suite("Reply handles, misused", .serialized, .timeLimit(.minutes(5))) struct HandleMisuseTests {
  @Test("each deed ends in its fate, at once", arguments: Setup.everyLending, Deed.allCases)
  func fates(_ setup: Setup, _ deed: Deed) async throws {
    // The clock stands still: nobody waits for a timeout.
    try await withRogue(setup) { rogue, plan, _ async throws in
      switch deed.fate {
      case .answer: #expect(try await rogue.ask(deed) == 42)
      case .noReply: await #expect(throws: CallError.replyDropped()) { try await rogue.ask(deed) }
      case .crash: await #expect(throws: CallError.exit(.failure(RogueError()))) { try await rogue.ask(deed) }
      case .stop: await #expect(throws: CallError.exit(.shutdown)) { try await rogue.ask(deed) }
      case .killed: await #expect(throws: CallError.exit(.killed)) { try await rogue.ask(deed) }
      case .answerOrKilled:
        do throws(CallError) { #expect(try await rogue.ask(deed) == 42) } catch { #expect(error == .exit(.killed)) }
      case .open: break
      }
    }
  }

  @Test(
    "a second answer is dropped, and said in the log", arguments: Setup.everyLending,
    [Deed.replyTwice, .replyAndReturnReply, .buildAndReplyThroughHandle])
  func secondAnswer(_ setup: Setup, _ deed: Deed) async throws {
    try await withRogue(setup) { rogue, plan, test async throws in
      #expect(try await rogue.ask(deed) == 42)
      // The server is as good as before.
      #expect(try await rogue.ask(.reply, 43) == 43)
      #expect(plan.journal.lines == (deed == .replyAndReturnReply ? [] : ["second: false"]))
      #expect(test.logs.warnings(containing: "second time").count == 1)
    }
  }

  @Test("an answer after the server's death goes nowhere", arguments: Setup.everyLending)
  func answerAfterDeath(_ setup: Setup) async throws {
    try await withRogue(setup) { rogue, plan, _ async throws in
      let call = rogue.begin(.shelve)
      let handle = try #require(await plan.shelf.first)
      #expect(handle.isWaiting)
      rogue.pid.exit(.killed)
      await #expect(throws: CallError.exit(.killed)) { try await call.value }
      #expect(!handle.isWaiting)
      #expect(!handle.reply(Payload(RogueCall.poison, rogue.census)))
      #expect(!handle.reply(Payload(RogueCall.poison, rogue.census)))
    }
  }

  @Test("a handle dropped outside the server ends the wait", arguments: Setup.everyLending, [true, false])
  func droppedOutside(_ setup: Setup, onThread: Bool) async throws {
    try await withRogue(setup) { rogue, plan, _ async throws in
      let call = rogue.begin(.shelve)
      _ = await plan.shelf.first
      if onThread {
        plan.elsewhere.run { _ = plan.shelf.take() }
      } else {
        #expect(plan.shelf.take() != nil)
      }
      await #expect(throws: CallError.replyDropped()) { try await call.value }
      #expect(rogue.pid.isAlive)
    }
  }

  @Test("only the last copy of a handle counts", arguments: Setup.everyLending)
  func copies(_ setup: Setup) async throws {
    try await withRogue(setup) { rogue, plan, _ async throws in
      let call = rogue.begin(.shelve)
      let copy = try #require(await plan.shelf.first)
      #expect(plan.shelf.take() != nil)
      #expect(copy.isWaiting)
      #expect(copy.reply(Payload(7, rogue.census)))
      #expect(!copy.isWaiting)
      #expect(try await call.value == 7)
    }
  }

  @Test("handles dropped from an array of the state end all their waits", arguments: Setup.everyLending)
  func droppedFromState(_ setup: Setup) async throws {
    try await withRogue(setup) { rogue, _, _ async throws in
      let calls = (1...20).map { rogue.begin(.keep, $0) }
      #expect(try await rogue.ask(.dropKept) == 42)
      for call in calls { await #expect(throws: CallError.replyDropped()) { try await call.value } }
    }
  }

  @Test("an answer for an older request that is built and dropped leaves it open", arguments: Setup.everyLending)
  func dropsAnAnswerForAnOlderRequest(_ setup: Setup) async throws {
    try await withRogue(setup) { rogue, _, _ async throws in
      let older = rogue.begin(.keep, 1)
      #expect(try await rogue.ask(.buildAndDropForOldest, 2) == 2)
      #expect(try await rogue.ask(.replyToOldest, 3) == 3)
      #expect(try await older.value == 1)
    }
  }

  @Test(
    "whoever waits for an answer gets the crash, also with an answer for it built", arguments: Setup.everyLending,
    [Deed.throwError, .throwAfterBuilding, .throwAfterBuildingForOldest, .keepAndThrow])
  func crash(_ setup: Setup, _ deed: Deed) async throws {
    try await withRogue(setup) { rogue, plan, _ async throws in
      let older = rogue.begin(.keep, 1)
      let shelved = rogue.begin(.shelve, 2)
      let failing = rogue.begin(deed, 3)
      let reason = ExitReason.failure(RogueError())
      for call in [older, shelved, failing] {
        await #expect(throws: CallError.exit(reason)) { try await call.value }
      }
      #expect(await rogue.pid.waitForExit() == reason)
      await #expect(throws: CallError.noProcess()) { try await rogue.ask(.reply) }
      #expect(plan.shelf.take()?.isWaiting == false)
    }
  }

  @Test("an answer that was given before the crash counts", arguments: Setup.everyLending)
  func answerBeforeCrash(_ setup: Setup) async throws {
    try await withRogue(setup) { rogue, _, _ async throws in
      #expect(try await rogue.ask(.throwAfterReplying) == 42)
      #expect(await rogue.pid.waitForExit() == .failure(RogueError()))
    }
  }
}
