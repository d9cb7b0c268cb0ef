import GenServerKit
import GenServerTesting
import Testing

@Suite("Pending reply", .timeLimit(.minutes(1))) struct PendingReplyTests {
  /// A puppet whose answers the test gives, since it puts each handle where the test finds it.
  private func request(
    _ puppet: ServerRef<Puppet>, _ kept: PuppetPromise<ReplyTo<Int>>
  ) -> PendingReply<Int> {
    puppet.sendRequest { client in
      Puppet.called { _, _ in
        kept.fulfil(client)
        return .noReply
      }
    }
  }

  private func answer(_ puppet: ServerRef<Puppet>, _ value: Int) -> PendingReply<Int> {
    puppet.sendRequest { client in Puppet.called { _, _ in .reply(value, to: client) } }
  }

  @Test("The answer can be awaited again and again", arguments: PuppetLending.allCases)
  func repeatedly(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [lending.option])
      let pending = answer(puppet, 7)
      #expect(try await pending.value() == 7)
      #expect(try await pending.value() == 7)
      #expect(try await pending.value(timeout: .after(.zero)) == 7)
    }
  }

  @Test("Requests are handled in the order in which they were sent", arguments: PuppetLending.allCases)
  func order(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [lending.option])
      let pending = (0..<50).map { number in
        puppet.sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { puppet, _ in
            puppet.notes.append("\(number)")
            return .reply(number, to: client)
          }
        }
      }
      for (number, reply) in pending.enumerated().reversed() { #expect(try await reply.value() == number) }
      #expect(try await puppet.notes() == (0..<50).map { "\($0)" })
    }
  }

  @Test("Several tasks can await it")
  func severalTasks() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = request(puppet, kept)
      let waiting = (0..<5).map { _ in Task.immediate { try await pending.value() } }
      await test.clock.waitForTimers(5)
      #expect(await kept.value().reply(3))
      for task in waiting { #expect(try await task.value == 3) }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("A wait that runs out leaves the request as it is")
  func timeout() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = request(puppet, kept)
      let client = await kept.value()
      let short = Task.immediate { try await pending.value(timeout: .seconds(1)) }
      let long = Task.immediate { try await pending.value(timeout: .seconds(3)) }
      await test.clock.waitForTimers(2)
      await test.clock.advance(by: .seconds(1))
      await #expect(throws: CallError.timeout()) { try await short.value }
      #expect(client.isWaiting)
      #expect(client.reply(4))
      #expect(try await long.value == 4)
      #expect(try await pending.value() == 4)
    }
  }

  @Test("Without a timeout a wait is five seconds long")
  func defaultTimeout() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = request(puppet, kept)
      let wait = Task.immediate { try await pending.value() }
      let client = await kept.value()
      await test.clock.waitForTimers()
      await test.clock.advance(by: .milliseconds(4999))
      #expect(test.clock.armedTimers == 1)
      await test.clock.advance(by: .milliseconds(1))
      await #expect(throws: CallError.timeout()) { try await wait.value }
      client.reply(1)
    }
  }

  @Test("A wait that is cancelled leaves the request as it is")
  func cancelledWait() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = request(puppet, kept)
      let wait = Task.immediate { try await pending.value() }
      let client = await kept.value()
      wait.cancel()
      await #expect(throws: CallError.cancelled()) { try await wait.value }
      #expect(client.isWaiting)
      #expect(client.reply(4))
      #expect(try await pending.value() == 4)
    }
  }

  @Test("Dropping it leaves the request as it is")
  func droppedReply() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let gate = await puppet.hold()
      do {
        let pending = puppet.sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { puppet, _ in
            puppet.notes.append("handled")
            return .reply(1, to: client)
          }
        }
        withExtendedLifetime(pending) {}
      }
      gate.open()
      #expect(try await puppet.notes() == ["handled"])
    }
  }

  @Test("Cancelling it abandons the request")
  func cancel() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let gate = await puppet.hold()
      let pending = puppet.sendRequest { (client: ReplyTo<Int>) in
        Puppet.called { puppet, _ in
          puppet.notes.append("handled")
          return .reply(1, to: client)
        }
      }
      let wait = Task.immediate { try await pending.value() }
      pending.cancel()
      await #expect(throws: CallError.cancelled()) { try await wait.value }
      gate.open()
      #expect(try await puppet.notes().isEmpty)
      #expect(puppet.pid?.core.abandonedRequests == 1)
      await #expect(throws: CallError.cancelled()) { try await pending.value() }
    }
  }

  @Test("An abandoned request that is handled already finds nobody for its answer")
  func cancelAfterwards() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = request(puppet, kept)
      let client = await kept.value()
      pending.cancel()
      #expect(!client.isWaiting)
      #expect(!client.reply(1))
      await #expect(throws: CallError.cancelled()) { try await pending.value() }
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("Cancelling it after the answer changes nothing")
  func cancelTooLate() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      let pending = answer(puppet, 7)
      #expect(try await pending.value() == 7)
      pending.cancel()
      #expect(try await pending.value() == 7)
    }
  }

  @Test("An abandoned request is handled where that is asked for")
  func runAbandoned() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never), .abandonedRequests(.run)])
      let gate = await puppet.hold()
      let pending = puppet.sendRequest { (client: ReplyTo<Int>) in
        Puppet.called { puppet, _ in
          puppet.notes.append("handled")
          return .reply(1, to: client)
        }
      }
      pending.cancel()
      gate.open()
      #expect(try await puppet.notes() == ["handled"])
    }
  }

  @Test("A server that ends first is the reason", arguments: PuppetLending.allCases)
  func serverEnds(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [lending.option])
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = request(puppet, kept)
      let early = Task.immediate { try await pending.value() }
      _ = await kept.value()
      puppet.tell { _, _ in throw PuppetError("broken") }
      await #expect(throws: CallError.exit(.failure(PuppetError("broken")))) { try await early.value }
      await #expect(throws: CallError.exit(.failure(PuppetError("broken")))) { try await pending.value() }
    }
  }

  @Test("A request that still waits hears of the server's end as well")
  func serverEndsBefore() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let gate = await puppet.hold()
      let pending = answer(puppet, 1)
      puppet.pid?.exit(.shutdown)
      gate.open()
      await #expect(throws: CallError.exit(.shutdown)) { try await pending.value() }
    }
  }

  @Test("A server that is not there shows when the answer is awaited")
  func noProcess() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      try await puppet.stop()
      await #expect(throws: CallError.noProcess()) { try await answer(puppet, 1).value() }
      await #expect(throws: CallError.noProcess()) { try await answer(.named("nobody"), 1).value() }
      let elsewhere = ServerRef<Puppet>.named(ProcessName("x").on("shop@there"))
      await #expect(throws: CallError.noConnection()) { try await answer(elsewhere, 1).value() }
    }
  }

  @Test("A full mailbox shows when the answer is awaited", arguments: [OverflowPolicy.refuse, .dropNewest])
  func overloaded(policy: OverflowPolicy) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1, whenFull: policy)])
      let gate = await puppet.hold()
      let first = answer(puppet, 1)
      let second = answer(puppet, 2)
      await #expect(throws: CallError.overloaded()) { try await second.value() }
      gate.open()
      #expect(try await first.value() == 1)
    }
  }

  @Test("Where senders wait for room the request does, and its sender goes on")
  func waitsForRoom() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1, whenFull: .wait)])
      let gate = await puppet.hold()
      let replies = (1...5).map { answer(puppet, $0) }
      gate.open()
      for (index, reply) in replies.enumerated() { #expect(try await reply.value() == index + 1) }
    }
  }

  @Test("A request that has to make room fails")
  func evicted() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1, whenFull: .dropOldest)])
      let gate = await puppet.hold()
      let first = answer(puppet, 1)
      let second = answer(puppet, 2)
      await #expect(throws: CallError.overloaded()) { try await first.value() }
      gate.open()
      #expect(try await second.value() == 2)
    }
  }

  @Test("A reply handle that is dropped fails the request", arguments: PuppetLending.allCases)
  func droppedHandle(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [lending.option])
      let pending = puppet.sendRequest { (client: ReplyTo<Int>) in
        Puppet.called { _, _ in
          withExtendedLifetime(client) {}
          return .noReply
        }
      }
      await #expect(throws: CallError.replyDropped()) { try await pending.value() }
    }
  }

  @Test("A handler that awaits a request to its own server is told so at once", arguments: PuppetLending.allCases)
  func ownRequest(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await AsyncPuppet.start(options: [lending.option])
      let error = try await puppet.askAsync { _, context -> CallError? in
        let pending = context.me.sendRequest { (client: ReplyTo<Int>) in
          AsyncPuppet.called { _, _ in .reply(1, to: client) }
        }
        do throws(CallError) {
          _ = try await pending.value()
          return nil
        } catch {
          return error
        }
      }
      #expect(error == .callingSelf())
    }
  }

  @Test("The error says who sent which request, from where")
  func details() async throws {
    try await withTestRuntime { _ in
      let pending = ServerRef<Puppet>.named("nobody").sendRequest { (client: ReplyTo<Int>) in
        Puppet.called { _, _ in .reply(1, to: client) }
      }
      let line = #line - 3
      let error = await #expect(throws: CallError.self) { try await pending.value() }
      let details = try #require(error?.details)
      #expect(details.server == "Puppet \"nobody\"")
      #expect(details.request.hasPrefix("perform("))
      #expect(details.function == "details()")
      #expect(details.fileID == #fileID)
      #expect(details.line == line)
      #expect(error?.description.contains("Puppet \"nobody\".sendRequest(perform(") == true)
    }
  }
}
