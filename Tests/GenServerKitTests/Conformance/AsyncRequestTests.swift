import GenServerKit
import GenServerTesting
import Testing

@Suite("Requests whose answers are awaited later", .timeLimit(.minutes(2)))
struct AsyncRequestTests {
  @Test("GS-061: the handler sees an ordinary call, and the answer is awaited later", arguments: Setup.all)
  func answer(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let first: PendingReply<[String]> = probe.request { .note("first", $0) }
      let second: PendingReply<[String]> = probe.request { .note("second", $0) }
      #expect(try await probe.notes() == ["first", "second"])
      #expect(try await second.value() == ["first", "second"])
      #expect(try await first.value() == ["first"])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("GS-062: a wait that runs out can be repeated", arguments: Setup.all)
  func repeatedly(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let pending: PendingReply<String> = probe.request { .answer("V", after: .milliseconds(50), $0) }
      try await probe.handlesAll()
      for _ in 1...2 {
        await #expect(throws: CallError.timeout()) { try await pending.value(timeout: .after(.zero)) }
      }
      let wait = Task.immediate { try await pending.value(timeout: .infinity) }
      try await test.clock.expectTimer(after: .milliseconds(50))
      #expect(try await wait.value == "V")
    }
  }

  @Test("GS-063: a request to a server that is not there fails where it is awaited", arguments: Setup.all)
  func missing(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      try await probe.stop()
      let pending: [PendingReply<[String]>] = [
        probe.request { .note("late", $0) }, setup.named("nobody").request { .note("late", $0) },
      ]
      for reply in pending {
        for timeout in [Timeout.infinity, .after(.zero)] {
          await #expect(throws: CallError.noProcess()) { try await reply.value(timeout: timeout) }
        }
      }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("GS-064: a server that fails before it answers is a value, and nothing is raised", arguments: Setup.all)
  func failing(setup: Setup) async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let error = ProbeError("broken")
        let reasons = [ExitReason.failure(error), .shutdown, .normal]
        var replies = PendingReplies<Int, String>()
        for (number, reason) in reasons.enumerated() {
          let probe = try await setup.start(name: "probe \(number)")
          replies.add(probe.request { number == 0 ? .fail(error, $0) : .stop(reason, $0) }, label: number)
        }
        var failures: [Int: CallError] = [:]
        while let (label, reply) = await replies.next() {
          if case .failure(let error) = reply { failures[label] = error }
        }
        #expect(failures == [0: .exit(.failure(error)), 1: .exit(.shutdown), 2: .exit(.normal)])
        #expect(try await process.receive(timeout: .after(.zero)) == nil)
      }
    }
  }

  // There is nothing to check a message against: an answer is never a message in the asker's mailbox, so that no message
  // can be taken for one, nor an answer for a message.
  @Test("GS-065: messages and the answer to a request do not meet", arguments: Setup.all)
  func unrelated(setup: Setup) async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        let probe = try await setup.start()
        let pending: PendingReply<String> = probe.request { .answer("V", after: .milliseconds(50), $0) }
        try await probe.handlesAll()
        process.pid.send("no answer")
        await #expect(throws: CallError.timeout()) { try await pending.value(timeout: .after(.zero)) }
        var replies = PendingReplies<Int, String>()
        replies.add(pending, label: 1)
        #expect(await replies.next(timeout: .after(.zero)) == nil)
        let isEmpty = replies.isEmpty
        #expect(!isEmpty)
        #expect(process.snapshot.mailboxCount == 1)
        await test.clock.advance(by: .milliseconds(50))
        process.pid.send("nor this")
        #expect(try await pending.value(timeout: .after(.zero)) == "V")
        #expect(try await process.receive(String.self) == "no answer")
        #expect(try await process.receive(String.self) == "nor this")
        #expect(try await process.receive(timeout: .after(.zero)) == nil)
      }
    }
  }
}
