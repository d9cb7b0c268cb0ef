import GenServerKit
import GenServerTesting
import Testing

@Suite("Casts and calls to many servers", .timeLimit(.minutes(2)))
struct ManyServersCallTests {
  /// A target that runs, four that are not there, and another one that runs.
  private func targets<Server: PuppetShow>(_: Server.Type, _ lending: PuppetLending) async throws -> [ServerRef<Server>]
  {
    _ = try await Server.ready(lending, name: "main")
    let gone = try await Server.ready(lending)
    let killed = try await Server.ready(lending)
    try await gone.stop()
    #expect(try await killed.own().end(by: .killed) == .killed)
    let name = ProcessName<Server>("main")
    return [
      .named(name), .named("nobody"), .named(name.on("shop@there")), gone, killed, try await Server.ready(lending),
    ]
  }

  private func expectCasts<Server: PuppetShow>(_: Server.Type, _ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let targets = try await targets(Server.self, lending)
      let deliveries = targets.castAll(
        Server.told { puppet, _ in
          puppet.notes.append("cast")
          return .noReply
        })
      #expect(deliveries == [.enqueued, .noProcess, .noProcess, .noProcess, .noProcess, .enqueued])
      for target in [targets[0], targets[5]] { #expect(try await target.notes() == ["cast"]) }
      #expect([ServerRef<Server>]().castAll(Server.told { _, _ in .noReply }).isEmpty)
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("GS-066: a cast to many leaves out those that are not there", arguments: PuppetLending.allCases)
  func casts(lending: PuppetLending) async throws {
    try await expectCasts(Puppet.self, lending)
    try await expectCasts(AsyncPuppet.self, lending)
  }

  @Test("GS-066: a cast to many does not wait for those that are busy")
  func castsToBusy() async throws {
    try await withTestRuntime { _ in
      let busy = try await Puppet.ready(.never)
      let other = try await Puppet.ready(.never)
      let gate = await busy.hold()
      [busy, other].castAll(
        Puppet.told { puppet, _ in
          puppet.notes.append("cast")
          return .noReply
        })
      #expect(try await other.notes() == ["cast"])
      gate.open()
      #expect(try await busy.notes() == ["cast"])
    }
  }

  private func expectReplies<Server: PuppetShow>(_: Server.Type, _ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let targets = try await targets(Server.self, lending)
      let (replies, failures) = await targets.callAll { (client: ReplyTo<PID>) in
        Server.called { _, context in .reply(context.pid, to: client) }
      }
      let line = #line - 3
      #expect(replies.map { $0.server } == [targets[0], targets[5]])
      #expect(replies.map { $0.value } == [targets[0].pid, targets[5].pid])
      #expect(failures.map { $0.server } == Array(targets[1...4]))
      #expect(failures.map { $0.error } == [.noProcess(), .noConnection(), .noProcess(), .noProcess()])
      for (server, error) in failures {
        #expect(error.details.line == line)
        #expect("\(error)".contains("\(server).callAll("))
        #expect("\(error)".contains("5.0 seconds"))
      }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test(
    "GS-067: a call to many tells the answers from those that did not answer, and does not throw",
    arguments: PuppetLending.allCases)
  func replies(lending: PuppetLending) async throws {
    try await expectReplies(Puppet.self, lending)
    try await expectReplies(AsyncPuppet.self, lending)
  }

  private func expectEnds<Server: PuppetShow>(_: Server.Type, _ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let servers = [try await Server.ready(lending), try await Server.ready(lending), try await Server.ready(lending)]
      let second = servers[1].pid
      let (replies, failures) = await servers.callAll { (client: ReplyTo<Int>) in
        Server.called { _, context in
          if context.pid == second { throw crash }
          return .reply(1, to: client)
        }
      }
      #expect(replies.map { $0.server } == [servers[0], servers[2]])
      #expect(failures.map { $0.error } == [.exit(crash)])
    }
  }

  @Test("GS-067: one that ends before it answers is told with its reason", arguments: PuppetLending.allCases)
  func ends(lending: PuppetLending) async throws {
    try await expectEnds(Puppet.self, lending)
    try await expectEnds(AsyncPuppet.self, lending)
  }

  private func expectTimeout<Server: PuppetShow>(_: Server.Type, _ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        let handles = Shelf<ReplyTo<Int>>()
        var servers: [ServerRef<Server>] = []
        for _ in 1...4 { servers.append(try await Server.ready(lending)) }
        let quick = servers[2].pid
        let all = servers
        let call = Task.immediate {
          await all.callAll(timeout: .milliseconds(100)) { (client: ReplyTo<Int>) in
            Server.called { _, context in
              if context.pid == quick { return .reply(7, to: client) }
              context.monitor(client) { Server.note("left: \($0.reason)") }
              handles.put(client)
              return .noReply
            }
          }
        }
        for server in servers { _ = try await server.notes() }
        // One timer at a time, and one deadline.
        try await test.clock.expectTimer(after: .milliseconds(100))
        let (replies, failures) = await call.value
        #expect(replies.map { $0.server } == [servers[2]])
        #expect(failures.map { $0.server } == [servers[0], servers[1], servers[3]])
        #expect(failures.allSatisfy { $0.error == .timeout() })
        #expect(test.clock.armedTimers == 0)

        await test.clock.advance(by: .milliseconds(900))
        for server in servers where server.pid != quick {
          #expect(try await server.notes() == ["left: \(ExitReason.failure(CallError.timeout()))"])
        }
        var late = 0
        while let client = handles.take() {
          late += 1
          #expect(!client.isWaiting)
          #expect(!client.reply(1))
        }
        #expect(late == 3)
        #expect(try await process.receive(timeout: .after(.zero)) == nil)
      }
    }
  }

  @Test("GS-068: a call to many has one deadline, and late answers find nobody", arguments: PuppetLending.allCases)
  func timeout(lending: PuppetLending) async throws {
    try await expectTimeout(Puppet.self, lending)
    try await expectTimeout(AsyncPuppet.self, lending)
  }

  @Test("what has not been begun when the time is up is skipped, and handlers see the deadline")
  func abandoned() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.ready(.never)
      let other = try await Puppet.ready(.never)
      let gate = await server.hold()
      let deadline = test.clock.now + .seconds(1)
      let call = Task.immediate {
        await [server, other].callAll(timeout: .seconds(1)) { (client: ReplyTo<Bool>) in
          Puppet.called { puppet, context in
            puppet.notes.append("handled")
            return .reply(context.deadline == deadline, to: client)
          }
        }
      }
      // The one that is not busy has answered.
      _ = try await other.notes()
      try await test.clock.expectTimer(after: .seconds(1))
      let (replies, failures) = await call.value
      #expect(replies.map { $0.value } == [true])
      #expect(failures.map { $0.error } == [.timeout()])
      gate.open()
      #expect(try await server.notes() == [])
      #expect(server.pid?.core.abandonedRequests == 1)
      #expect(try await other.notes() == ["handled"])
    }
  }

  @Test("a task that is cancelled waits no longer, and sends nothing if it was cancelled before")
  func cancelled() async throws {
    try await withTestRuntime { test in
      let handles = Shelf<ReplyTo<Int>>()
      let servers = [try await Puppet.ready(.never), try await Puppet.ready(.never)]
      let body: @Sendable () async -> [CallError] = {
        await servers.callAll { (client: ReplyTo<Int>) in
          Puppet.called { puppet, _ in
            puppet.notes.append("handled")
            handles.put(client)
            return .noReply
          }
        }.failures.map { $0.error }
      }
      let late = Task.immediate { await body() }
      for server in servers { #expect(try await server.notes() == ["handled"]) }
      late.cancel()
      #expect(await late.value == [.cancelled(), .cancelled()])
      while let client = handles.take() { #expect(!client.isWaiting) }

      let gate = PuppetPromise<Void>()
      let early = Task.immediate {
        await gate.value()
        return await body()
      }
      early.cancel()
      gate.fulfil()
      #expect(await early.value == [.cancelled(), .cancelled()])
      for server in servers { #expect(try await server.notes() == ["handled"]) }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test(
    "a handler that calls many, itself among them, is told so, and the others answer", arguments: PuppetLending.allCases
  )
  func itself(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncPuppet.ready(lending)
      let other = try await AsyncPuppet.ready(lending)
      let errors = try await server.askAsync { puppet, context in
        let (replies, failures) = await [context.me, other].callAll { (client: ReplyTo<PID>) in
          AsyncPuppet.called { puppet, context in
            puppet.notes.append("handled")
            return .reply(context.pid, to: client)
          }
        }
        puppet.notes += replies.map { "\($0.value)" }
        return failures.map { $0.error }
      }
      #expect(errors == [.callingSelf()])
      #expect(try await server.notes() == ["\(try other.own())"])
      #expect(try await other.notes() == ["handled"])
    }
  }

  @Test("a circle through one of many is found, whoever closes it", arguments: PuppetLending.allCases)
  func circle(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let first = try await AsyncPuppet.ready(.never)
      let others = [try await AsyncPuppet.ready(lending), try await AsyncPuppet.ready(lending)]
      let (replies, failures) = try await first.askAsync(timeout: .infinity) { _, _ in
        await others.callAll(timeout: .infinity) { (client: ReplyTo<CallError?>) in
          .perform { _, _ in
            do throws(CallError) {
              _ = try await first.call(timeout: .infinity) { (client: ReplyTo<Int>) in
                .perform { _, _ in .reply(1, to: client) }
              }
              return .reply(nil, to: client)
            } catch {
              return .reply(error, to: client)
            }
          }
        }
      }
      // Each of them either found the circle itself, or had it found by the one that then waited for it.
      for (_, error) in replies {
        guard case .deadlock = error else {
          Issue.record("no circle was found: \(String(describing: error))")
          continue
        }
      }
      for (_, error) in failures {
        guard case .deadlock = error else {
          Issue.record("no circle was found: \(error)")
          continue
        }
      }
      #expect(replies.count + failures.count == 2)
    }
  }

  @Test("an answer of which its giver was told that it was taken is returned")
  func answerAtTheEnd() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      // The last step of either is one compare-exchange: only threads meet there.
      for _ in 1...200 {
        let kept = PuppetPromise<ReplyTo<Int>>()
        let call = Task.immediate {
          await [server].callAll(timeout: .infinity) { (client: ReplyTo<Int>) in
            Puppet.called { _, _ in
              kept.fulfil(client)
              return .noReply
            }
          }.replies.count
        }
        let client = await kept.take()
        let taken = Tally()
        await onThreads(2) { number in
          if number == 0 { call.cancel() } else if client.reply(1) { taken.add() }
        }
        #expect(await call.value == taken.count)
      }
    }
  }
}
