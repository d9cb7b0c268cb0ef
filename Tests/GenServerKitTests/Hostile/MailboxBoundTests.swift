import Dispatch
import GenServerKit
import GenServerTesting
import Testing

// One at a time: plain handlers that stand at a gate hold threads.
@Suite("Bounded mailboxes", .serialized, .timeLimit(.minutes(5))) struct MailboxBoundTests {
  private static let policies: [OverflowPolicy] = [.refuse, .dropOldest, .dropNewest, .wait]

  /// A server with room for ten messages that stands at the gate.
  private func withBusyServer(
    _ setup: Setup, _ policy: OverflowPolicy, limit: Int = 10, _ plan: LoopPlan = LoopPlan(),
    _ body: (RunningLoop, LoopPlan, Gate, TestRuntime) async throws -> Void
  ) async throws {
    try await withTestRuntime { test in
      let gate = Gate()
      let server = try await setup.startLoop(plan, options: [.mailbox(limit: limit, whenFull: policy)])
      server.address.cast(Order("", gate: gate))
      await gate.waitUntilReached()
      try await body(server, plan, gate, test)
      gate.open()
    }
  }

  @Test("a flood from one sender keeps the bound", arguments: Setup.whereHandlersWait, policies)
  func flood(_ setup: Setup, _ policy: OverflowPolicy) async throws {
    try await withBusyServer(setup, policy) { server, plan, gate, _ async throws in
      let deliveries = (1...1000).map { server.address.cast(Order("\($0)")) }
      let beyond: Delivery =
        switch policy {
        case .refuse, .wait: .refused
        case .dropOldest: .enqueued
        case .dropNewest: .dropped
        }
      #expect(deliveries.prefix(10).allSatisfy { $0 == .enqueued })
      #expect(deliveries.dropFirst(10).allSatisfy { $0 == beyond })
      gate.open()
      // A request of the system passes the bound, and waits its turn.
      try await server.stop()
      let expected = policy == .dropOldest ? 991...1000 : 1...10
      #expect(plan.handled.lines == expected.map { "\($0)" })
    }
  }

  @Test("a flood from many threads keeps the bound", arguments: Setup.whereHandlersWaitByPID, policies)
  func floodFromThreads(_ setup: Setup, _ policy: OverflowPolicy) async throws {
    try await withBusyServer(setup, policy) { server, plan, gate, _ async throws in
      let enqueued = Tally()
      DispatchQueue.concurrentPerform(iterations: 8) { sender in
        // Threads meet at the lock of the mailbox.
        for number in 1...200 where server.address.send(Order("\(sender) \(number)")) == .enqueued {
          enqueued.add()
        }
      }
      gate.open()
      try await server.stop()
      #expect(plan.handled.lines.count == 10)
      #expect(enqueued.count == (policy == .dropOldest ? 1600 : 10))
    }
  }

  @Test("what a server takes while it works through a flood it handles", arguments: Setup.byPID, policies)
  func floodOfARunningServer(_ setup: Setup, _ policy: OverflowPolicy) async throws {
    try await withTestRuntime { _ in
      let plan = LoopPlan()
      let server = try await setup.startLoop(plan, options: [.mailbox(limit: 10, whenFull: policy)])
      let enqueued = Tally()
      DispatchQueue.concurrentPerform(iterations: 4) { sender in
        // Threads meet at the lock of the mailbox, among them the server's.
        for number in 1...200 where server.address.cast(Order("\(sender) \(number)")) == .enqueued {
          enqueued.add()
        }
      }
      try await server.stop()
      let handled = plan.handled.lines.count
      let taken = enqueued.count
      if policy == .dropOldest {
        #expect(taken == 800)
        #expect(handled <= taken)
      } else {
        #expect(handled == taken)
      }
      #expect(handled >= 10)
    }
  }

  @Test("a call that a full mailbox refuses or drops fails at once", arguments: Setup.whereHandlersWait, policies)
  func calls(_ setup: Setup, _ policy: OverflowPolicy) async throws {
    try await withBusyServer(setup, policy) { server, plan, gate, test async throws in
      let calls = (1...10).map { number in Task.immediate { try await server.follow(Order("\(number)")) } }
      let eleventh = Task.immediate { try await server.follow(Order("11")) }
      let overloaded: Task<[String], any Error>? =
        switch policy {
        case .refuse, .dropNewest: eleventh
        case .dropOldest: calls[0]
        case .wait: nil
        }
      if let overloaded {
        await #expect(throws: CallError.overloaded()) { try await overloaded.value }
      }
      gate.open()
      for call in calls + [eleventh] where call != overloaded { _ = try await call.value }
      let expected =
        switch policy {
        case .refuse, .dropNewest: 1...10
        case .dropOldest: 2...11
        case .wait: 1...11
        }
      #expect(plan.handled.lines == expected.map { "\($0)" })
    }
  }

  @Test("calls wait their turn at a mailbox that lets them, in order", arguments: Setup.whereHandlersWait)
  func manyCallsWait(_ setup: Setup) async throws {
    try await withBusyServer(setup, .wait, limit: 1) { server, plan, gate, _ async throws in
      let calls = (1...50).map { number in Task.immediate { try await server.follow(Order("\(number)")) } }
      #expect(server.address.cast(Order("cast")) == .refused)
      gate.open()
      for (index, call) in calls.enumerated() {
        #expect(try await call.value == (1...(index + 1)).map { "\($0)" })
      }
    }
  }

  @Test("a pending reply hears that its request was refused or dropped, or comes in later", arguments: policies)
  func pendingReply(_ policy: OverflowPolicy) async throws {
    try await withTestRuntime { _ in
      let gate = Gate()
      let server = try await AsyncLoopServer.start(LoopPlan(), options: [.mailbox(limit: 1, whenFull: policy)])
      server.cast(Order("", gate: gate))
      await gate.waitUntilReached()
      let first = server.sendRequest { .follow(Order("1"), $0) }
      let second = server.sendRequest { .follow(Order("2"), $0) }
      let overloaded: PendingReply<[String]>? =
        switch policy {
        case .refuse, .dropNewest: second
        case .dropOldest: first
        case .wait: nil
        }
      if let overloaded { await #expect(throws: CallError.overloaded()) { try await overloaded.value() } }
      gate.open()
      // It waits for room, as a call does.
      if policy == .wait { #expect(try await second.value() == ["1", "2"]) }
      let other = policy == .dropOldest ? second : first
      #expect(try await other.value() == [policy == .dropOldest ? "2" : "1"])
    }
  }

  @Test("a timer's message passes the bound", arguments: Setup.whereHandlersWait, policies)
  func timers(_ setup: Setup, _ policy: OverflowPolicy) async throws {
    let plan = LoopPlan(order: Order("", delayed: [Order("timer")]))
    try await withBusyServer(setup, policy, plan) { server, plan, gate, test async throws in
      for number in 1...10 { server.address.cast(Order("\(number)")) }
      test.clock.jump(by: .seconds(1))
      // It takes nobody's room either.
      if policy == .dropOldest { server.address.cast(Order("11")) }
      gate.open()
      try await server.stop()
      let expected =
        policy == .dropOldest ? (2...10).map { "\($0)" } + ["timer", "11"] : (1...10).map { "\($0)" } + ["timer"]
      #expect(plan.handled.lines == expected)
    }
  }

  @Test("a timer's message is not dropped to make room", arguments: Setup.whereHandlersWait)
  func oldestIsATimer(_ setup: Setup) async throws {
    let plan = LoopPlan(order: Order("", delayed: [Order("timer")]))
    try await withBusyServer(setup, .dropOldest, limit: 1, plan) { server, plan, gate, test async throws in
      test.clock.jump(by: .seconds(1))
      for number in 1...2 { #expect(server.address.cast(Order("\(number)")) == .enqueued) }
      gate.open()
      try await server.stop()
      #expect(plan.handled.lines == ["timer", "2"])
    }
  }

  @Test("a timer's message that was handled leaves the bound as it is", arguments: Setup.whereHandlersWait, policies)
  func boundAfterTimers(_ setup: Setup, _ policy: OverflowPolicy) async throws {
    try await withTestRuntime { test in
      let plan = LoopPlan(order: Order("", delayed: [Order("one"), Order("two")]))
      let server = try await setup.startLoop(plan, options: [.mailbox(limit: 2, whenFull: policy)])
      await test.clock.advance(by: .seconds(1))
      #expect(try await server.notes() == ["one", "two"])
      let gate = Gate()
      server.address.cast(Order("", gate: gate))
      await gate.waitUntilReached()
      for number in 1...10 { server.address.cast(Order("\(number)")) }
      gate.open()
      try await server.stop()
      #expect(plan.handled.lines == ["one", "two"] + (policy == .dropOldest ? ["9", "10"] : ["1", "2"]))
    }
  }
}
