import GenServerKit
import GenServerTesting
import Testing

// One at a time: plain handlers that stand at a gate hold threads.
@Suite("Cancellation of whoever waits", .serialized, .timeLimit(.minutes(5))) struct CancellationTests {
  @Test("a task that is cancelled already sends nothing", arguments: Setup.all)
  func before(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let call = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await server.follow(Order("never"))
      }
      await #expect(throws: CallError.cancelled()) { try await call.value }
      #expect(try await server.notes() == [])
      #expect(server.pid.core.abandonedRequests == 0)
    }
  }

  @Test(
    "a call that is cancelled in the mailbox is released at once, skipped and counted",
    arguments: Setup.whereHandlersWait)
  func queued(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let gate = Gate()
      server.address.cast(Order("busy", gate: gate))
      await gate.waitUntilReached()
      let calls = (1...4).map { number in Task.immediate { try await server.follow(Order("\(number)")) } }
      calls[0].cancel()
      calls[2].cancel()
      await #expect(throws: CallError.cancelled()) { try await calls[0].value }
      await #expect(throws: CallError.cancelled()) { try await calls[2].value }
      gate.open()
      #expect(try await calls[3].value == ["busy", "2", "4"])
      #expect(try await server.notes() == ["busy", "2", "4"])
      #expect(server.pid.core.abandonedRequests == 2)
    }
  }

  @Test(
    "a call that is cancelled while it is handled is released at once, and handled to its end",
    arguments: Setup.whereHandlersWait)
  func handled(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let gate = Gate()
      let call = Task { try await server.follow(Order("slow", gate: gate)) }
      await gate.waitUntilReached()
      call.cancel()
      await #expect(throws: CallError.cancelled()) { try await call.value }
      gate.open()
      // A cancelled caller does not cancel the handler.
      #expect(try await server.notes() == ["slow"])
      #expect(server.pid.core.abandonedRequests == 0)
    }
  }

  @Test("a call that is cancelled while its answer is put off is released at once", arguments: Setup.everyLending)
  func unanswered(_ setup: Setup) async throws {
    try await withRogue(setup) { rogue, plan, _ async throws in
      let call = rogue.begin(.shelve)
      let handle = try #require(await plan.shelf.first)
      call.cancel()
      await #expect(throws: CallError.cancelled()) { try await call.value }
      #expect(!handle.isWaiting)
      #expect(!handle.reply(Payload(RogueCall.poison, rogue.census)))
      #expect(try await rogue.ask(.reply) == 42)
    }
  }

  @Test(
    "a task that is cancelled after its call has timed out stays with the timeout", arguments: Setup.whereHandlersWait)
  func afterTimeout(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let gate = Gate()
      server.address.cast(Order("busy", gate: gate))
      await gate.waitUntilReached()
      let timedOut = Signal()
      let call = Task.immediate { () -> CallError? in
        defer { timedOut.send() }
        do throws(CallError) {
          _ = try await server.address.ask(timeout: .milliseconds(50)) { .follow(Order("late"), $0) }
          return nil
        } catch {
          return error
        }
      }
      try await test.clock.expectTimer(after: .milliseconds(50))
      await timedOut.wait()
      call.cancel()
      #expect(await call.value == .timeout())
      gate.open()
      #expect(try await server.notes() == ["busy"])
      #expect(server.pid.core.abandonedRequests == 1)
    }
  }

  @Test("a pending reply outlives a wait that is cancelled", arguments: Setup.whereHandlersWait)
  func pendingReply(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncLoopServer.start(LoopPlan(suspends: setup.form == .suspending))
      let gate = Gate()
      let reply = server.sendRequest { .follow(Order("slow", gate: gate), $0) }
      await gate.waitUntilReached()
      let wait = Task.immediate { try await reply.value(timeout: .infinity) }
      wait.cancel()
      await #expect(throws: CallError.cancelled()) { try await wait.value }
      gate.open()
      #expect(try await reply.value() == ["slow"])
    }
  }

  @Test("a request that is taken back in the mailbox is skipped and counted")
  func pendingReplyIsCancelled() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncLoopServer.start(LoopPlan())
      let gate = Gate()
      server.cast(Order("busy", gate: gate))
      await gate.waitUntilReached()
      let reply = server.sendRequest { .follow(Order("never"), $0) }
      let wait = Task.immediate { try await reply.value(timeout: .infinity) }
      reply.cancel()
      await #expect(throws: CallError.cancelled()) { try await wait.value }
      await #expect(throws: CallError.cancelled()) { try await reply.value() }
      gate.open()
      #expect(try await server.call { .notes($0) } == ["busy"])
      #expect(server.pid?.core.abandonedRequests == 1)
    }
  }

  @Test("a stop that is cancelled leaves its request behind", arguments: Setup.whereHandlersWait)
  func stop(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let gate = Gate()
      server.address.cast(Order("busy", gate: gate))
      await gate.waitUntilReached()
      let stop = Task.immediate { try await server.stop(.shutdown) }
      stop.cancel()
      await #expect(throws: CallError.cancelled()) { try await stop.value }
      gate.open()
      #expect(await server.pid.waitForExit() == .shutdown)
    }
  }

  @Test("a start that is cancelled leaves no process and no name", arguments: [true, false], [true, false])
  func start(suspends: Bool, isCancelledBefore: Bool) async throws {
    try await withTestRuntime { test in
      let gate = Gate()
      let plan = LoopPlan(order: Order("slow", gate: gate), suspends: suspends)
      let start = Task {
        if isCancelledBefore { withUnsafeCurrentTask { $0?.cancel() } }
        return try await AsyncLoopServer.start(plan, name: "loop")
      }
      if !isCancelledBefore {
        await gate.waitUntilReached()
        start.cancel()
      }
      await #expect(throws: StartError.cancelled) { try await start.value }
      #expect(AsyncLoopServer.whereis("loop") == nil)
      // What is told to go may still be on its way.
      for pid in test.runtime.processes { #expect(await pid.waitForExit() == .killed) }
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("a wait for the exit goes on when its task is cancelled", arguments: Setup.withoutLending)
  func waitForExit(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let exit = Task.immediate { await server.pid.waitForExit() }
      exit.cancel()
      _ = try await server.notes()
      try await server.stop(.shutdown)
      #expect(await exit.value == .shutdown)
    }
  }

  @Test("a scope with a server that is cancelled ends the server all the same", arguments: [true, false])
  func scope(suspends: Bool) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let plan = LoopPlan(journal: journal, suspends: suspends)
      let gate = Gate()
      let scope = Task {
        try await withServer(AsyncLoopServer.self, plan) { server async throws in
          server.cast(Order("cast"))
          try await gate.pass()
        }
      }
      await gate.waitUntilReached()
      scope.cancel()
      await #expect(throws: CancellationError.self) { try await scope.value }
      #expect(journal.lines == [#"terminate: normal, ["cast"]"#])
      #expect(test.runtime.processes.isEmpty)
    }
  }
}
