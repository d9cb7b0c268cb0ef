import GenServerKit
import GenServerTesting
import Testing

@Suite("Circles of calls", .timeLimit(.minutes(5))) struct CircleTests {
  /// Expects the error that names these servers in this order, beginning with the one that called.
  private func expectCircle(
    _ outcome: Relay.Outcome, of relays: [ServerRef<Relay>], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard case .failure(.deadlock(let circle, let details)) = outcome else {
      Issue.record("no circle was found: \(outcome)", sourceLocation: sourceLocation)
      return
    }
    let pids = relays.compactMap(\.pid)
    let first = try #require(circle.first, sourceLocation: sourceLocation)
    let offset = try #require(pids.firstIndex(of: first), sourceLocation: sourceLocation)
    #expect(circle == Array(pids[offset...] + pids[..<offset]), sourceLocation: sourceLocation)
    #expect(details.caller == first, sourceLocation: sourceLocation)
  }

  private func expectAllAnswer(_ relays: [ServerRef<Relay>]) async throws {
    for relay in relays { #expect(try await relay.go(Route([])) == .success(42)) }
  }

  @Test("servers that call each other in a circle find it at once", arguments: Setup.whereHandlersCall, [2, 3, 7])
  func circle(_ setup: Setup, size: Int) async throws {
    // The clock stands still: no timeout helps.
    try await withTestRuntime { _ in
      let relays = try await setup.startRelays(size)
      let outcome = try await relays[0].go(Route(Array(relays.dropFirst()) + [relays[0]]))
      try expectCircle(outcome, of: relays)
      try await expectAllAnswer(relays)
    }
  }

  @Test("who waits outside a circle is not named in it", arguments: Setup.whereHandlersCall)
  func outside(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let relays = try await setup.startRelays(5)
      let circle = Array(relays[2...4])
      try expectCircle(try await relays[0].go(Route([relays[1]] + circle + [relays[2]])), of: circle)
      try await expectAllAnswer(relays)
    }
  }

  @Test("a chain of calls is no circle", arguments: Setup.whereHandlersCall)
  func chain(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let relays = try await setup.startRelays(20)
      #expect(try await relays[0].go(Route(Array(relays.dropFirst()))) == .success(42))
    }
  }

  @Test("a server does not call one whose call lies in its mailbox", arguments: Setup.whereHandlersCall)
  func inTheMailbox(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let relays = try await setup.startRelays(2)
      let gate = Gate()
      let outcome = Shelf<Relay.Outcome>()
      relays[1].cast(.go(Route([relays[0]], gate: gate), outcome))
      await gate.waitUntilReached()
      let call = Task { try await relays[0].go(Route([relays[1]], timeout: .seconds(60))) }
      // The first one waits for the second.
      await test.clock.waitForTimers(1)
      gate.open()
      try expectCircle(try #require(await outcome.first), of: relays)
      // The call in the mailbox is handled as any other.
      #expect(try await call.value == .success(42))
    }
  }

  @Test("two servers that call each other at the same moment do not hang", arguments: Setup.whereHandlersCall)
  func atTheSameMoment(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let relays = try await setup.startRelays(2)
      for _ in 1...50 {
        let outcomes = [Shelf<Relay.Outcome>(), Shelf<Relay.Outcome>()]
        relays[0].cast(.go(Route([relays[1]]), outcomes[0]))
        relays[1].cast(.go(Route([relays[0]]), outcomes[1]))
        for shelf in outcomes {
          let outcome = try #require(await shelf.first)
          if outcome != .success(42) { try expectCircle(outcome, of: relays) }
        }
      }
    }
  }

  @Test("an answer that a helper will give closes no circle", arguments: Setup.whereHandlersCall)
  func helper(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let relays = try await setup.startRelays(2)
      let handles = Shelf<ReplyTo<Relay.Outcome>>()
      let call = Task { try await relays[0].go(Route([relays[1]], arrival: .handOver(handles))) }
      let handle = try #require(await handles.first)
      // The first one waits for the second, whose handler has returned; now the second calls the first.
      let outcome = Shelf<Relay.Outcome>()
      relays[1].cast(.go(Route([relays[0]], timeout: .seconds(60)), outcome))
      await test.clock.waitForTimers(1)
      handle.reply(.success(7))
      #expect(try await call.value == .success(7))
      #expect(await outcome.first == .success(42))
    }
  }

  @Test(
    "a server that hands its reply handle over and calls back can turn the check off",
    arguments: Setup.whereHandlersCall, [true, false])
  func handsOver(_ setup: Setup, detectsDeadlock: Bool) async throws {
    try await withTestRuntime { test in
      let relays = try await setup.startRelays(2)
      let handles = Shelf<ReplyTo<Relay.Outcome>>()
      let outcome = Shelf<Relay.Outcome>()
      let back = Route([relays[0]], timeout: .seconds(60), detectsDeadlock: detectsDeadlock)
      let there = Route([relays[1]], arrival: .handOverAndGo(handles, back, outcome))
      let call = Task { try await relays[0].go(there) }
      let handle = try #require(await handles.first)
      if detectsDeadlock {
        // One of the two finds the circle, and the other one gets its answer; which one depends on who lends.
        let back = try #require(await outcome.first)
        let isTaken = handle.reply(.success(7))
        let answer = try await call.value
        if back == .success(42) {
          #expect(!isTaken)
          try expectCircle(answer, of: relays)
        } else {
          try expectCircle(back, of: relays)
          #expect(answer == .success(7))
        }
      } else {
        await test.clock.waitForTimers(1)
        handle.reply(.success(7))
        #expect(try await call.value == .success(7))
        #expect(await outcome.first == .success(42))
      }
    }
  }

  @Test("a server does not stop one that waits for it", arguments: Setup.waitingCancellably)
  func stop(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let relays = try await setup.startRelays(2)
      try expectCircle(try await relays[0].go(Route([relays[1]], arrival: .stop(relays[0]))), of: relays)
    }
  }

  @Test("a process does not call the one that waits for its start", arguments: Setup.whereHandlersCall)
  func start(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let relay = try await setup.startRelay("parent")
      let outcome = try await relay.go(Route([], arrival: .start))
      guard case .failure(.deadlock(let circle, _)) = outcome else {
        Issue.record("no circle was found: \(outcome)")
        return
      }
      #expect(circle.count == 2)
      #expect(circle.last == relay.pid)
      #expect(test.runtime.processes.count == 1)
      try await expectAllAnswer([relay])
    }
  }

  @Test("a server does not call itself, whatever the address", arguments: Setup.whereHandlersCall, [true, false])
  func itself(_ setup: Setup, detectsDeadlock: Bool) async throws {
    try await withTestRuntime { _ in
      let byPID = try await setup.startRelay("self")
      let name: ProcessName<Relay> = setup.address.name("self")
      let whereis = try #require(Relay.whereis(name))
      for address in [byPID, Relay.named(name), whereis] {
        let outcome = try await address.go(Route([address], detectsDeadlock: detectsDeadlock))
        #expect(outcome == .failure(.callingSelf()))
      }
    }
  }

  @Test("a child task of a handler is not the server: its call waits", arguments: Setup.whereHandlersCall)
  func childTask(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let relay = try await setup.startRelay("self")
      let call = Task {
        try await relay.go(Route([], arrival: .callYourselfInChildTask, timeout: .seconds(60)))
      }
      try await test.clock.expectTimer(after: .seconds(60))
      #expect(try await call.value == .failure(.timeout()))
      try await expectAllAnswer([relay])
    }
  }
}
