import GenServerKit
import GenServerTesting
import Testing

/// Answers when it is told to.
private struct Answerer: GenServer {
  enum Call: Sendable {
    case size(ReplyTo<Int>)
    case later(PuppetPromise<ReplyTo<Int>>, ReplyTo<Int>)
  }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Answerer()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .size(let client): return .reply(7, to: client)
    case .later(let promise, let client):
      promise.fulfil(client)
      return .noReply
    }
  }
}

@Suite("Requests whose answers are messages", .timeLimit(.minutes(1))) struct RequestTests {
  @Test("an answer arrives as a message, and the server is free meanwhile", arguments: PuppetLending.allCases)
  func answer(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let shelf = try await Answerer.start()
      let asker = try await Puppet.ready(lending)
      let kept = PuppetPromise<ReplyTo<Int>>()
      try await asker.ask { _, context in
        context.request(shelf, as: { .note("later \($0)") }) { .later(kept, $0) }
        context.request(shelf, as: { .note("size \($0)") }) { .size($0) }
      }
      let client = await kept.take()
      #expect(client.caller == asker.pid)
      _ = try await shelf.call { .size($0) }
      #expect(try await asker.notes() == ["size success(7)"])
      #expect(client.reply(8))
      #expect(try await asker.notes() == ["size success(7)", "later success(8)"])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("a failure arrives as well: no process, time out, end, dropped handle", arguments: PuppetLending.allCases)
  func failures(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let asker = try await AsyncPuppet.ready(lending)
      let shelf = try await Answerer.start(options: [.callsInPlace(.never)])
      let kept = PuppetPromise<ReplyTo<Int>>()
      let errors = PuppetJournal()
      let note: @Sendable (String) -> @Sendable (Result<Int, CallError>) -> AsyncPuppet.Info = { label in
        { result in
          if case .failure(let error) = result {
            errors.write("\(label) \(error == .timeout()) \(error == .replyDropped())")
          }
          return .note(label)
        }
      }
      try await asker.ask { _, context in
        context.request(Answerer.named("nobody"), as: note("missing")) { .size($0) }
        context.request(shelf, timeout: .seconds(1), as: note("late")) { .later(kept, $0) }
      }
      #expect(await kept.value().isWaiting)
      await test.clock.advance(by: .seconds(1))
      #expect(try await asker.notes() == ["missing", "late"])
      #expect(await kept.take().reply(1) == false)

      let dropped = PuppetPromise<ReplyTo<Int>>()
      _ = try await asker.ask { _, context in
        context.request(shelf, as: note("dropped")) { .later(dropped, $0) }
      }
      _ = await dropped.take()
      #expect(try await asker.notes(3) == ["missing", "late", "dropped"])

      let held = PuppetPromise<ReplyTo<Int>>()
      _ = try await asker.ask { _, context in
        context.request(shelf, as: note("ended")) { .later(held, $0) }
      }
      _ = await held.value()
      let pid = try #require(shelf.pid)
      _ = await pid.end(by: crash)
      #expect(try await asker.notes() == ["missing", "late", "dropped", "ended"])
      #expect(errors.lines == ["missing false false", "late true false", "dropped false true", "ended false false"])
    }
  }

  @Test("a request that is given up brings no message, also when that lies in the mailbox")
  func cancelled() async throws {
    try await withTestRuntime { test in
      let shelf = try await Answerer.start(options: [.callsInPlace(.never)])
      let asker = try await Puppet.ready(.never)
      let kept = PuppetPromise<ReplyTo<Int>>()
      let early = try await asker.ask { _, context in
        context.request(shelf, as: { .note("\($0)") }) { .later(kept, $0) }
      }
      let client = await kept.value()
      #expect("\(early)" == "request to \(shelf)")
      early.cancel()
      #expect(!client.isWaiting)
      #expect(!client.reply(1))
      try await asker.ask { _, context in
        let late = context.request(Answerer.named("nobody"), as: { .note("\($0)") }) { .size($0) }
        #expect("\(late)" == "request to Answerer \"nobody\"")
        late.cancel()
      }
      #expect(try await asker.notes() == [])
      #expect(test.clock.armedTimers == 0)
    }
  }
}
