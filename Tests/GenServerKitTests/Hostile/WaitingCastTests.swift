import GenServerKit
import GenServerTesting
import Testing

// One at a time: plain handlers that stand at a gate hold threads.
@Suite("Casts that wait for room", .serialized, .timeLimit(.minutes(5))) struct WaitingCastTests {
  /// A server with room for one message, which is there, that stands at the gate.
  private func withFullServer(
    _ setup: Setup, whenFull: OverflowPolicy = .refuse,
    _ body: (RunningLoop, LoopPlan, Gate) async throws -> Void
  ) async throws {
    try await withTestRuntime { _ in
      let plan = LoopPlan()
      let gate = Gate()
      let server = try await setup.startLoop(plan, options: [.mailbox(limit: 1, whenFull: whenFull)])
      server.address.cast(Order("", gate: gate))
      await gate.waitUntilReached()
      #expect(server.address.cast(Order("first")) == .enqueued)
      try await body(server, plan, gate)
      gate.open()
    }
  }

  private func waitingCast(
    _ server: RunningLoop, _ note: String, ending: Order.Ending = .goOn
  ) -> Task<Void, any Error> {
    Task.immediate { try await server.address.put(Order(note, ending: ending), whenFull: .wait) }
  }

  @Test("they wait, and are let in in order", arguments: Setup.whereHandlersWait)
  func order(_ setup: Setup) async throws {
    try await withFullServer(setup) { server, plan, gate async throws in
      let letIn = Tally()
      let casts = (1...20).map { number in
        Task.immediate {
          try await server.address.put(Order("\(number)"), whenFull: .wait)
          letIn.add()
        }
      }
      #expect(letIn.count == 0)
      #expect(server.address.cast(Order("no room")) == .refused)
      gate.open()
      for cast in casts { try await cast.value }
      try await server.stop()
      #expect(plan.handled.lines == ["first"] + (1...20).map { "\($0)" })
    }
  }

  @Test("they go in at once when there is room", arguments: Setup.withoutLending)
  func room(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      for options: [StartOption] in [[], [.mailbox(limit: 1, whenFull: .dropNewest)]] {
        let server = try await setup.startLoop(options: options)
        try await server.address.put(Order("1"), whenFull: .wait)
        try await server.address.put(Order("2"), whenFull: .wait)
        try await server.stop()
      }
    }
  }

  @Test("one that is cancelled takes its message back", arguments: Setup.whereHandlersWait)
  func cancellation(_ setup: Setup) async throws {
    try await withFullServer(setup) { server, plan, gate async throws in
      let casts = (1...5).map { waitingCast(server, "\($0)") }
      casts[0].cancel()
      casts[2].cancel()
      casts[4].cancel()
      for index in [0, 2, 4] {
        await #expect(throws: CallError.cancelled()) { try await casts[index].value }
      }
      gate.open()
      try await casts[1].value
      try await casts[3].value
      try await server.stop()
      #expect(plan.handled.lines == ["first", "2", "4"])
    }
  }

  @Test("a task that is cancelled already sends nothing", arguments: Setup.whereHandlersWait)
  func cancelledBefore(_ setup: Setup) async throws {
    try await withFullServer(setup) { server, plan, gate async throws in
      let cast = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await server.address.put(Order("never"), whenFull: .wait)
      }
      await #expect(throws: CallError.cancelled()) { try await cast.value }
      gate.open()
      try await server.stop()
      #expect(plan.handled.lines == ["first"])
    }
  }

  @Test("they hear of the server's death", arguments: Setup.whereHandlersWait, [true, false])
  func death(_ setup: Setup, isKilled: Bool) async throws {
    let error = ProbeError("while they wait")
    try await withTestRuntime { _ in
      let gate = Gate()
      let server = try await setup.startLoop(options: [.mailbox(limit: 1)])
      server.address.cast(Order("", ending: .fail(error), gate: gate))
      await gate.waitUntilReached()
      server.address.cast(Order("first"))
      let casts = (1...5).map { waitingCast(server, "\($0)") }
      if isKilled { server.pid.exit(.killed) }
      gate.open()
      let reason = isKilled ? ExitReason.killed : .failure(error)
      for cast in casts { await #expect(throws: CallError.exit(reason)) { try await cast.value } }
      await #expect(throws: CallError.noProcess()) { try await server.address.put(Order("late"), whenFull: .wait) }
    }
  }

  @Test("a stop comes behind them", arguments: Setup.whereHandlersWait)
  func stop(_ setup: Setup) async throws {
    try await withFullServer(setup) { server, plan, gate async throws in
      let cast = waitingCast(server, "waiting")
      let stop = Task.immediate { try await server.stop() }
      let late = waitingCast(server, "behind the stop")
      gate.open()
      try await cast.value
      try await stop.value
      // It came within the bound when the stop was taken out, or heard of the end: it did not wait for ever.
      do { try await late.value } catch { #expect(error as? CallError == .exit(.normal)) }
      #expect(plan.handled.lines == ["first", "waiting"])
    }
  }

  @Test("a policy that is given counts, and not the mailbox's own", arguments: Setup.whereHandlersWait)
  func policies(_ setup: Setup) async throws {
    for own in [OverflowPolicy.refuse, .dropOldest, .dropNewest, .wait] {
      try await withFullServer(setup, whenFull: own) { server, plan, gate async throws in
        await #expect(throws: CallError.overloaded()) {
          try await server.address.put(Order("refused"), whenFull: .refuse)
        }
        try await server.address.put(Order("dropped"), whenFull: .dropNewest)
        try await server.address.put(Order("second"), whenFull: .dropOldest)
        gate.open()
        try await server.stop()
        #expect(plan.handled.lines == ["second"])
      }
    }
  }

  @Test("a server does not wait for room in its own mailbox", arguments: [true, false])
  func ownMailbox(suspends: Bool) async throws {
    try await withTestRuntime { _ in
      for lending in [StartOption.CallsInPlace.never, .always] {
        let server = try await SelfFlooder.start(suspends, options: [.mailbox(limit: 2), .callsInPlace(lending)])
        #expect(try await server.flood() == [nil, nil, .callingSelf()])
        let isEmpty = Signal()
        try await server.cast(.tell(isEmpty), whenFull: .wait)
        await isEmpty.wait()
        #expect(try await server.flood() == [nil, nil, .callingSelf()])
      }
    }
  }

  @Test("one whose time is over takes its message back", arguments: Setup.whereHandlersWait)
  func timeout(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let plan = LoopPlan()
      let gate = Gate()
      let server = try await setup.startLoop(plan, options: [.mailbox(limit: 1)])
      server.address.cast(Order("", gate: gate))
      await gate.waitUntilReached()
      #expect(server.address.cast(Order("first")) == .enqueued)
      let cast = Task.immediate {
        try await server.address.put(Order("late"), whenFull: .wait, timeout: .milliseconds(50))
      }
      await test.clock.waitForTimers()
      test.clock.jump(by: .milliseconds(50))
      gate.open()
      await #expect(throws: CallError.timeout()) { try await cast.value }
      try await server.stop()
      #expect(plan.handled.lines == ["first"])
    }
  }

  @Test("one that takes its message back does not end an idle timeout", arguments: Setup.whereHandlersWait)
  func cancellationBehindAnIdleTimeout(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let gate = Gate()
      let server = try await setup.startLoop(options: [.mailbox(limit: 1)])
      server.address.cast(Order("", gate: gate))
      await gate.waitUntilReached()
      let order = Order("", ending: .timeout(.milliseconds(100), Order("idle")))
      #expect(server.address.cast(order) == .enqueued)
      let cast = waitingCast(server, "taken back")
      cast.cancel()
      await #expect(throws: CallError.cancelled()) { try await cast.value }
      gate.open()
      await test.clock.waitForTimers(1)
      await test.clock.advance(by: .milliseconds(100))
      #expect(try await server.notes() == ["idle"])
    }
  }

  @Test("one is let in when an older message is dropped", arguments: Setup.whereHandlersWait)
  func olderMessageIsDropped(_ setup: Setup) async throws {
    try await withFullServer(setup, whenFull: .dropOldest) { server, plan, gate async throws in
      let cast = waitingCast(server, "waited")
      // Drops the first one: the one that waits lies within the bound, although the server stands at the gate.
      #expect(server.address.cast(Order("newest")) == .enqueued)
      // Too late.
      cast.cancel()
      try await cast.value
      gate.open()
      try await server.stop()
      #expect(plan.handled.lines == ["waited", "newest"])
    }
  }

  @Test("a server does not wait for room in the mailbox of one that waits for it")
  func circle() async throws {
    try await withTestRuntime { _ in
      // Its policy is for the last question, which may come before the note is handled.
      let full = try await AsyncPuppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1, whenFull: .wait)])
      let other = try await AsyncPuppet.start(options: [.callsInPlace(.never)])
      let error = try await full.askAsync { _, _ in
        try await other.askAsync { _, _ -> CallError? in
          full.send(.note("fills the mailbox"))
          do throws(CallError) {
            // No time at all: a wait that is not refused is seen, and not sat out.
            try await full.cast(AsyncPuppet.told { _, _ in .noReply }, whenFull: .wait, timeout: .milliseconds(0))
            return nil
          } catch {
            return error
          }
        }
      }
      #expect(error == .deadlock([try #require(other.pid), try #require(full.pid)]))
      #expect(try await full.notes() == ["fills the mailbox"])
    }
  }
}
