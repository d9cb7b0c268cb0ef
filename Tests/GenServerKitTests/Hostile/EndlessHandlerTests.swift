import GenServerKit
import GenServerTesting
import Logging
import Testing

// One at a time: plain handlers that stand at a gate hold threads.
@Suite("Handlers that never return", .serialized, .timeLimit(.minutes(5))) struct EndlessHandlerTests {
  private static let suspended = Setup.all.filter { $0.form != .plain }

  @Test("a handler that waits for ever is ended by a kill, and all who wait hear of it", arguments: suspended)
  func kill(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let server = try await setup.startLoop(LoopPlan(journal: journal))
      let gate = Gate()
      let handled = Task { try await server.follow(Order("endless", gate: gate)) }
      await gate.waitUntilReached()
      let queued = Task.immediate { try await server.follow(Order("queued")) }
      let stop = Task.immediate { try await server.stop() }
      let exit = Task.immediate { await server.pid.waitForExit() }
      server.pid.exit(.killed)
      await #expect(throws: CallError.exit(.killed)) { try await handled.value }
      await #expect(throws: CallError.exit(.killed)) { try await queued.value }
      await #expect(throws: CallError.exit(.killed)) { try await stop.value }
      #expect(await exit.value == .killed)
      #expect(journal.lines.isEmpty)
      #expect(setup.loopHolder(of: "loop") == nil)
      #expect(test.runtime.processes.isEmpty)
      #expect(test.logs.errors.isEmpty)
    }
  }

  @Test("the first of several exit signals counts", arguments: suspended)
  func firstSignal(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let gate = Gate()
      let call = Task { try await server.follow(Order("endless", gate: gate)) }
      await gate.waitUntilReached()
      server.pid.exit(.normal)
      #expect(server.pid.isAlive)
      server.pid.exit(.shutdown)
      server.pid.exit(.killed)
      await #expect(throws: CallError.exit(.shutdown)) { try await call.value }
      #expect(await server.pid.waitForExit() == .shutdown)
    }
  }

  @Test("a terminate that waits for ever is ended by a kill", arguments: suspended)
  func terminate(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let gate = Gate()
      let server = try await setup.startLoop(LoopPlan(gate: gate))
      let stop = Task { try await server.stop() }
      await gate.waitUntilReached()
      server.pid.exit(.killed)
      await #expect(throws: CallError.exit(.killed)) { try await stop.value }
      #expect(await server.pid.waitForExit() == .killed)
    }
  }

  @Test("an initialize that waits for ever is ended when the time of the start is up", arguments: [true, false])
  func initialize(suspends: Bool) async throws {
    try await withTestRuntime { test in
      let plan = LoopPlan(order: Order("endless", gate: Gate()), suspends: suspends)
      let start = Task { try await AsyncLoopServer.start(plan, name: "loop", timeout: .seconds(1)) }
      await test.clock.waitForTimers(1)
      await test.clock.advance(by: .seconds(1))
      await #expect(throws: StartError.timeout) { try await start.value }
      #expect(AsyncLoopServer.whereis("loop") == nil)
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("a plain handler can see that its server is to end")
  func isExiting() async throws {
    try await withTestRuntime { _ in
      let server = try await Spinner.start(options: [.callsInPlace(.never)])
      let spinning = Signal()
      server.cast(.spin(spinning))
      await spinning.wait()
      let call = Task.immediate { try await server.call { .answer($0) } }
      server.pid?.exit(.killed)
      await #expect(throws: CallError.exit(.killed)) { try await call.value }
      #expect(await server.waitForExit() == .killed)
    }
  }

  @Test("a handler that ignores its end keeps name and pid, and is named in a warning", arguments: [true, false])
  func ignoresItsEnd(isPlain: Bool) async throws {
    try await withTestRuntime { test in
      let setup = Setup(form: isPlain ? .plain : .async, address: .name, lending: .never)
      let gate = Gate()
      let server = try await setup.startStubborn(gate)
      await gate.waitUntilReached()
      server.exit(.killed)
      #expect(server.isAlive)
      await test.clock.waitForTimers()
      for _ in 1...2 { test.clock.jump(by: .seconds(5)) }
      let warnings = test.logs.warnings(containing: "told to exit")
      #expect(warnings.count == 2)
      #expect(warnings.allSatisfy { $0.metadata["pid"] == "\(server)" && $0.message.contains("stubborn") })
      #expect(test.runtime.processes == [server])
      gate.open()
      #expect(await server.waitForExit() == .killed)
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("what lies behind a plain handler that met an exit signal is not handled")
  func behindAPlainHandler() async throws {
    try await withTestRuntime { _ in
      let plan = LoopPlan()
      let server = try await PlainLoopServer.start(plan, options: [.callsInPlace(.never)])
      let (first, second) = (Gate(), Gate())
      server.cast(Order("first", gate: first))
      await first.waitUntilReached()
      // The server takes these out of its mailbox together.
      server.cast(Order("second", gate: second))
      server.cast(Order("third"))
      server.send(Order("fourth"))
      first.open()
      await second.waitUntilReached()
      server.pid?.exit(.shutdown)
      second.open()
      #expect(await server.waitForExit() == .shutdown)
      #expect(plan.handled.lines == ["first", "second"])
    }
  }

  @Test("what lies behind an async handler that met an exit signal is not handled", arguments: PuppetLending.allCases)
  func behindAnAsyncHandler(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await AsyncPuppet.start(options: [lending.option])
      let (first, second) = (PuppetGate(), PuppetGate())
      let journal = PuppetJournal()
      puppet.tellAsync { _, _ in await first.stand() }
      await first.reached.value()
      // The server takes these out of its mailbox together.
      puppet.tellAsync { _, _ in await second.stand() }
      puppet.tell { _, _ in journal.write("cast") }
      puppet.send(
        .perform { _, _ in
          journal.write("info")
          return .noReply
        })
      first.open()
      await second.reached.value()
      puppet.pid?.exit(.shutdown)
      // It returns as if nothing had happened.
      second.open()
      #expect(await puppet.waitForExit() == .shutdown)
      #expect(journal.lines.isEmpty)
    }
  }

  @Test("an answer that a handler gives after an exit signal is taken back", arguments: PuppetLending.allCases)
  func answerAfterTheSignal(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      // A plain handler that stands at a gate holds its thread, so that server does not lend.
      let plain = try await Puppet.start(options: [.callsInPlace(.never)])
      let gates = (PuppetGate(), PuppetGate())
      let first = Task.immediate { try await plain.ask { _, _ in gates.0.block() } }
      await gates.0.reached.value()
      plain.pid?.exit(.shutdown)
      gates.0.open()
      await #expect(throws: CallError.exit(.shutdown)) { try await first.value }

      let async = try await AsyncPuppet.start(options: [lending.option])
      let second = Task.immediate { try await async.askAsync { _, _ in await gates.1.stand() } }
      await gates.1.reached.value()
      async.pid?.exit(.shutdown)
      gates.1.open()
      await #expect(throws: CallError.exit(.shutdown)) { try await second.value }
    }
  }
}
