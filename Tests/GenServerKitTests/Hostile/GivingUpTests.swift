import GenServerTesting
import Testing

@testable import GenServerKit

/// How a sender gives up.
private enum GivingUp: CaseIterable, Sendable {
  case timeout, cancellation, endOfCaller
}

// One at a time: plain handlers that stand at a gate hold threads.
@Suite("Senders that give up", .serialized, .timeLimit(.minutes(5))) struct GivingUpTests {
  private func withHeldServer(
    limit: Int? = 5, _ policy: OverflowPolicy = .refuse, _ more: [StartOption] = [],
    _ body: (ServerRef<Puppet>, PuppetGate, TestRuntime) async throws -> Void
  ) async throws {
    try await withTestRuntime { test in
      let bound = limit.map { [StartOption.mailbox(limit: $0, whenFull: policy)] } ?? []
      let server = try await Puppet.start(options: [.callsInPlace(.never)] + bound + more)
      let gate = await server.hold()
      try await body(server, gate, test)
      gate.open()
    }
  }

  private func count(_ server: ServerRef<Puppet>) throws -> Int { try #require(server.pid?.snapshot).mailboxCount }

  /// A request whose payload tells of its end.
  private func request(
    _ number: Int, _ tally: PartsTally
  ) -> @Sendable (ReplyTo<Int>) -> Puppet.Call {
    let payload = PartsTallied(number, tally)
    return { client in
      Puppet.called { puppet, _ in
        puppet.notes.append("\(payload.number)")
        return .reply(payload.number, to: client)
      }
    }
  }

  /// Calls that many times, and gives each call up.
  private func giveUp(
    _ way: GivingUp, _ count: Int, calling server: ServerRef<Puppet>, _ tally: PartsTally, _ test: TestRuntime
  ) async throws {
    switch way {
    case .timeout:
      let calls = (0..<count).map { number in
        let make = request(number, tally)
        return Task.immediate { try await server.call(timeout: .seconds(1), make) }
      }
      await test.clock.waitForTimers(count)
      test.clock.jump(by: .seconds(1))
      for call in calls { await #expect(throws: CallError.timeout()) { try await call.value } }
    case .cancellation:
      let calls = (0..<count).map { number in
        let make = request(number, tally)
        return Task.immediate { try await server.call(timeout: .infinity, make) }
      }
      for call in calls { call.cancel() }
      for call in calls { await #expect(throws: CallError.cancelled()) { try await call.value } }
    case .endOfCaller:
      for number in 0..<count {
        let make = request(number, tally)
        let called = PuppetPromise<Void>()
        let caller = spawn { process in
          _ = try await server.call(timeout: .infinity) { client in
            called.fulfil()
            return make(client)
          }
        }
        await called.value()
        caller.exit(.killed)
        #expect(await caller.waitForExit() == .killed)
      }
    }
  }

  @Test(
    "A call releases its place and its payload at once", arguments: GivingUp.allCases, [OverflowPolicy.refuse, .wait])
  fileprivate func calls(_ way: GivingUp, _ policy: OverflowPolicy) async throws {
    try await withHeldServer(policy) { server, gate, test async throws in
      let tally = PartsTally()
      for _ in 0..<10 {
        try await giveUp(way, 5, calling: server, tally, test)
        #expect(try count(server) == 0)
      }
      #expect(await tally.ended(5).values.allSatisfy { $0 == 10 })
      #expect(server.pid?.core.abandonedRequests == 50)
      // The whole room is there for those that wait.
      let live = (0..<5).map { number in
        let make = request(number, tally)
        return Task.immediate { try await server.call(timeout: .infinity, make) }
      }
      #expect(try count(server) == 5)
      gate.open()
      for (number, call) in live.enumerated() { #expect(try await call.value == number) }
      #expect(try await server.notes() == ["0", "1", "2", "3", "4"])
    }
  }

  @Test("The place is free when the caller goes on", arguments: [OverflowPolicy.refuse, .dropNewest])
  func placeIsFree(_ policy: OverflowPolicy) async throws {
    try await withHeldServer(limit: 1, policy) { server, gate, test async throws in
      for _ in 0..<50 {
        let tally = PartsTally()
        let make = request(1, tally)
        let call = Task.immediate {
          await #expect(throws: CallError.cancelled()) { try await server.call(timeout: .infinity, make) }
          // The next one has room.
          return server.sendRequest(make)
        }
        call.cancel()
        let next = await call.value
        #expect(next.settled == nil)
        next.cancel()
      }
    }
  }

  @Test("Casts that wait for room are not in the mailbox, and are the sender's when it gives up")
  func casts() async throws {
    try await withHeldServer(limit: 5, .wait) { server, gate, test async throws in
      let tally = PartsTally()
      for number in 0..<5 { #expect(server.send(.note("\(number)")) == .enqueued) }
      for round in 0..<20 {
        let casts = (0..<10).map { number in
          let payload = PartsTallied(number, tally)
          return Task.immediate {
            try await server.cast(
              Puppet.told { _, _ in
                withExtendedLifetime(payload) {}
                return .noReply
              }, whenFull: .wait, timeout: .seconds(1))
          }
        }
        #expect(try count(server) == 5)
        if round % 2 == 0 {
          for cast in casts { cast.cancel() }
          for cast in casts { await #expect(throws: CallError.cancelled()) { try await cast.value } }
        } else {
          await test.clock.waitForTimers(10)
          test.clock.jump(by: .seconds(1))
          for cast in casts { await #expect(throws: CallError.timeout()) { try await cast.value } }
        }
      }
      #expect(await tally.ended(10).values.allSatisfy { $0 == 20 })
      #expect(try count(server) == 5)
      gate.open()
      #expect(try await server.notes() == (0..<5).map { "\($0)" })
    }
  }

  @Test("A message that nobody waits for goes before one that counts")
  func dropOldest() async throws {
    try await withHeldServer(limit: 2, .dropOldest) { server, gate, _ async throws in
      let tally = PartsTally()
      server.send(.note("live"))
      let dead = server.sendRequest(request(7, tally))
      #expect(try count(server) == 2)
      dead.cancel()
      #expect(try count(server) == 1)
      #expect(tally.ended == [7: 1])
      server.send(.note("new"))
      gate.open()
      // A call would drop the oldest one.
      #expect(try await Sys.state(of: server) { $0.notes } == ["live", "new"])
    }
  }

  @Test("Requests that are awaited later follow the policy as calls do", arguments: [true, false])
  func requests(isCancelled: Bool) async throws {
    try await withHeldServer(limit: 1, .wait) { server, gate, _ async throws in
      let tally = PartsTally()
      let replies = (0..<10).map { number in server.sendRequest(request(number, tally)) }
      #expect(try count(server) == 1)
      if isCancelled {
        // Those that stand in the mailbox, outside of it, in the middle and at the end.
        for number in [0, 1, 4, 5, 9] { replies[number].cancel() }
        #expect(tally.ended == [0: 1, 1: 1, 4: 1, 5: 1, 9: 1])
        #expect(try count(server) == 1)
      }
      gate.open()
      let live = isCancelled ? [2, 3, 6, 7, 8] : Array(0..<10)
      for number in live { #expect(try await replies[number].value() == number) }
      #expect(try await server.notes() == live.map { "\($0)" })
    }
  }

  @Test("Requests whose answers are messages wait for room as well, and their sender does not")
  func contextRequests() async throws {
    try await withHeldServer(limit: 1, .wait) { server, gate, test async throws in
      let tally = PartsTally()
      let asker = try await Puppet.ready(.never)
      let makes = (0..<6).map { request($0, tally) }
      let references = try await asker.ask { _, context in
        makes.enumerated().map { number, make in
          context.request(
            server, timeout: number == 5 ? .seconds(1) : .infinity,
            as: { (result: Result<Int, CallError>) in .note((try? result.get()).map { "\($0)" } ?? "failed") }, make)
        }
      }
      #expect(try count(server) == 1)
      #expect(try await asker.notes() == [])
      references[0].cancel()
      references[2].cancel()
      test.clock.jump(by: .seconds(1))
      #expect(try await asker.notes(1) == ["failed"])
      #expect(try count(server) == 1)
      gate.open()
      #expect(try await server.notes() == ["1", "3", "4"])
      #expect(try await asker.notes(4) == ["failed", "1", "3", "4"])
    }
  }

  @Test("Requests to many servers wait for room as well")
  func callAll() async throws {
    try await withHeldServer(limit: 1, .wait) { server, gate, _ async throws in
      let tally = PartsTally()
      let make = request(3, tally)
      let all = Task.immediate { await [server, server, server].callAll(timeout: .infinity, make) }
      #expect(try count(server) == 1)
      gate.open()
      let (replies, failures) = await all.value
      #expect(replies.map(\.value) == [3, 3, 3])
      #expect(failures.isEmpty)
    }
  }

  @Test("What waits for room hears of the server's end, and is released by it")
  func end() async throws {
    try await withHeldServer(limit: 1, .wait) { server, gate, _ async throws in
      let tally = PartsTally()
      let replies = (0..<5).map { server.sendRequest(request($0, tally)) }
      server.pid?.exit(.killed)
      gate.open()
      for reply in replies { await #expect(throws: CallError.exit(.killed)) { try await reply.value() } }
      #expect(await tally.ended(5) == [0: 1, 1: 1, 2: 1, 3: 1, 4: 1])
    }
  }

  @Test("Where abandoned requests are to run, they keep their places; those that wait for room do not")
  func run() async throws {
    try await withHeldServer(limit: 1, .wait, [.abandonedRequests(.run)]) { server, gate, _ async throws in
      let tally = PartsTally()
      let replies = (0..<3).map { server.sendRequest(request($0, tally)) }
      for reply in replies { reply.cancel() }
      #expect(try count(server) == 1)
      gate.open()
      #expect(try await server.notes() == ["0"])
    }
  }

  @Test(
    "Without a bound as well, a server that stands still collects nothing of those that gave up",
    arguments: GivingUp.allCases)
  fileprivate func unbounded(_ way: GivingUp) async throws {
    try await withHeldServer(limit: nil) { server, gate, test async throws in
      let tally = PartsTally()
      for _ in 0..<10 { try await giveUp(way, 20, calling: server, tally, test) }
      #expect(await tally.ended(20).values.allSatisfy { $0 == 10 })
      #expect(try count(server) == 0)

      // Between others that stay, where it is not done each time.
      for number in 0..<1000 { server.send(.note("\(number)")) }
      for _ in 0..<100 { try await giveUp(way, 50, calling: server, tally, test) }
      #expect(try count(server) <= 3100)
      gate.open()
      #expect(try await server.notes() == (0..<1000).map { "\($0)" })
      #expect(server.pid?.core.abandonedRequests == 5200)
    }
  }
}
