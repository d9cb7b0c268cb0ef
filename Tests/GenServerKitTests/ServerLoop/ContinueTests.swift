import GenServerKit
import GenServerTesting
import Testing

@Suite("Continue") struct ContinueTests {
  @Test("GS-035: a continue of initialize comes before what initialize sent itself", arguments: Setup.all)
  func continueAfterInitialize(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let handled = Signal()
      let order = Order(
        "initialize", messages: [Order("message", done: handled)], ending: .proceed(Order("step")))
      let server = try await setup.startLoop(LoopPlan(order: order))
      await handled.wait()
      #expect(try await server.notes() == ["initialize", "step", "message"])
    }
  }

  @Test("GS-035: a continue of initialize comes before a call that is made at once", arguments: Setup.all)
  func continueBeforeTheFirstCall(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop(LoopPlan(order: Order("initialize", ending: .proceed(Order("step")))))
      #expect(try await server.notes() == ["initialize", "step"])
    }
  }

  @Test(
    "GS-036: a continue sees the handler's state and comes before what the handler sent itself",
    arguments: Setup.all, Trigger.allCases)
  func continueAfterHandlers(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let handled = Signal()
      let answer = trigger.give(
        Order("handler", messages: [Order("message", done: handled)], ending: .proceed(Order("step"))), to: server)
      await handled.wait()
      try await answer.value
      #expect(try await server.notes() == ["handler", "step", "message"])
    }
  }

  @Test("GS-036: a step can answer the request of the handler that asked for it", arguments: Setup.all)
  func stepAnswers(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let answer = try await server.followUnanswered(Order("handler", ending: .proceed(Order("step"))))
      #expect(answer == ["handler", "step"])
    }
  }

  @Test(
    "GS-037: steps that ask for steps all come before what waits in the mailbox", arguments: Setup.all,
    Trigger.allCases)
  func chain(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let handled = Signal()
      let last = Order("third step", messages: [Order("late", done: handled)])
      let second = Order("second step", messages: [Order("from the chain")], ending: .proceed(last))
      let first = Order("first step", ending: .proceed(second))
      let answer = trigger.give(
        Order("handler", messages: [Order("one"), Order("two")], ending: .proceed(first)), to: server)
      await handled.wait()
      try await answer.value
      #expect(
        try await server.notes() == [
          "handler", "first step", "second step", "third step", "one", "two", "from the chain", "late",
        ])
    }
  }

  @Test(
    "GS-037: steps come before messages that came before they were asked for", .serialized,
    arguments: Setup.whereHandlersWait,
    Trigger.allCases)
  func messagesBehindTheTrigger(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { _ in
      let server = try await setup.startLoop()
      let gate = Gate()
      server.address.cast(Order("", gate: gate))
      await gate.waitUntilReached()
      let second = Order("second step", messages: [Order("from the chain")])
      let first = Order("first step", ending: .proceed(second))
      let answer = trigger.give(Order("handler", ending: .proceed(first)), to: server)
      server.address.cast(Order("one"))
      server.address.send(Order("two"))
      let last = Task.immediate { try await server.follow(Order("three")) }
      gate.open()
      #expect(try await last.value == ["handler", "first step", "second step", "one", "two", "three"])
      #expect(
        try await server.notes() == [
          "handler", "first step", "second step", "one", "two", "three", "from the chain",
        ])
      try await answer.value
    }
  }

  @Test("GS-038: a step can stop the server", arguments: Setup.all, Trigger.allCases)
  func stepStops(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { test in
      let journal = Journal()
      let server = try await setup.startLoop(LoopPlan(journal: journal))
      let answer = trigger.give(
        Order("handler", messages: [Order("message")], ending: .proceed(Order("step", ending: .stop(.normal)))),
        to: server)
      #expect(await server.pid.waitForExit() == .normal)
      #expect(journal.lines == [#"terminate: normal, ["handler", "step"]"#])
      #expect(test.logs.errors.isEmpty)
      // The answer of a call that was answered before the step counts, and so does the step's for the other.
      try await answer.value
    }
  }

  @Test("GS-038: a step of initialize can stop the server", arguments: Setup.all)
  func stepOfInitializeStops(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let journal = Journal()
      let order = Order("initialize", ending: .proceed(Order("step", ending: .stop(.normal))))
      let server = try await setup.startLoop(LoopPlan(order: order, journal: journal))
      #expect(await server.pid.waitForExit() == .normal)
      #expect(journal.lines == [#"terminate: normal, ["initialize", "step"]"#])
    }
  }
}
