import GenServerKit
import GenServerTesting
import Testing

@Suite("Idle timeouts") struct IdleTimeoutTests {
  @Test(
    "GS-039: an idle timeout comes when its time is up, not earlier, and once", arguments: Setup.all,
    Trigger.allCases)
  func fires(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let idle = Signal()
      let answer = trigger.give(
        Order("handler", ending: .timeout(.milliseconds(100), Order("idle", done: idle))), to: server)
      try await test.clock.expectTimer(after: .milliseconds(100))
      await idle.wait()
      // A request that had no answer yet got it from the idle server.
      try await answer.value
      #expect(try await server.notes() == ["handler", "idle"])
    }
  }

  @Test("GS-039: an idle timeout that is asked for again counts from then", arguments: Setup.all)
  func isAskedForAgain(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let idle = Signal()
      let order = Order("handler", ending: .timeout(.milliseconds(100), Order("idle", done: idle)))
      _ = try await server.follow(order)
      await test.clock.advance(by: .milliseconds(99))
      _ = try await server.follow(order)
      await test.clock.advance(by: .milliseconds(99))
      #expect(try await server.follow(order) == ["handler", "handler", "handler"])
      await test.clock.advance(by: .milliseconds(100))
      await idle.wait()
      #expect(try await server.notes() == ["handler", "handler", "handler", "idle"])
    }
  }

  @Test("GS-039: a shorter idle timeout takes the place of a longer one", arguments: Setup.all)
  func isShortened(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let idle = Signal()
      _ = try await server.follow(Order("", ending: .timeout(.seconds(100), Order("long"))))
      _ = try await server.follow(Order("", ending: .timeout(.milliseconds(100), Order("short", done: idle))))
      await test.clock.advance(by: .milliseconds(100))
      await idle.wait()
      await test.clock.advance(by: .seconds(200))
      #expect(try await server.notes() == ["short"])
    }
  }

  @Test("GS-039: an idle timeout can be an instant", arguments: Setup.all)
  func atAnInstant(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let idle = Signal()
      let instant = test.clock.now + .milliseconds(100)
      _ = try await server.follow(Order("", ending: .timeout(.until(instant), Order("idle", done: idle))))
      try await test.clock.expectTimer(after: .milliseconds(100))
      await idle.wait()
      #expect(try await server.notes() == ["idle"])
    }
  }

  @Test("GS-040: an idle timeout of initialize comes when nothing is sent", arguments: Setup.all)
  func firesAfterInitialize(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let idle = Signal()
      let order = Order("initialize", ending: .timeout(.milliseconds(100), Order("idle", done: idle)))
      let server = try await setup.startLoop(LoopPlan(order: order))
      try await test.clock.expectTimer(after: .milliseconds(100))
      await idle.wait()
      #expect(try await server.notes() == ["initialize", "idle"])
    }
  }

  @Test("GS-041: any message cancels the idle timeout", arguments: Setup.all, Trigger.allCases)
  func isCancelled(_ setup: Setup, by trigger: Trigger) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      _ = try await server.follow(Order("handler", ending: .timeout(.milliseconds(500), Order("idle"))))
      await test.clock.advance(by: .milliseconds(300))
      let handled = Signal()
      let answer = trigger.give(Order("message", done: handled), to: server)
      await handled.wait()
      await test.clock.advance(by: .seconds(10))
      #expect(try await server.notes() == ["handler", "message"])
      _ = try await server.follow(Order("last"))
      try await answer.value
    }
  }

  @Test("GS-041: a message that is no info of the server cancels the idle timeout", arguments: Setup.byPID)
  func isCancelledByAStranger(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      _ = try await server.follow(Order("handler", ending: .timeout(.milliseconds(500), Order("idle"))))
      server.pid.send("a text")
      await test.clock.advance(by: .seconds(10))
      #expect(try await server.notes() == ["handler"])
    }
  }

  @Test("GS-041: a message that was in the mailbox already cancels the idle timeout", arguments: Setup.all)
  func isCancelledByAnEarlierMessage(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let handled = Signal()
      _ = try await server.follow(
        Order(
          "handler", messages: [Order("message", done: handled)], ending: .timeout(.milliseconds(100), Order("idle"))))
      await handled.wait()
      await test.clock.advance(by: .seconds(10))
      #expect(try await server.notes() == ["handler", "message"])
    }
  }

  @Test("GS-042: an idle timeout comes once", arguments: Setup.all)
  func isOneShot(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let idle = Signal()
      _ = try await server.follow(Order("handler", ending: .timeout(.milliseconds(100), Order("idle", done: idle))))
      await test.clock.advance(by: .milliseconds(100))
      await idle.wait()
      await test.clock.advance(by: .seconds(3600))
      #expect(try await server.notes() == ["handler", "idle"])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("GS-042: an idle timeout whose handler asks for one comes again", arguments: Setup.all)
  func isAskedForByItself(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let second = Signal()
      let first = Order("first", ending: .timeout(.milliseconds(200), Order("second", done: second)))
      _ = try await server.follow(Order("", ending: .timeout(.milliseconds(100), first)))
      await test.clock.advance(by: .milliseconds(100))
      try await test.clock.expectTimer(after: .milliseconds(200))
      await second.wait()
      #expect(try await server.notes() == ["first", "second"])
    }
  }

  @Test(
    "GS-043: a timeout of zero comes at once when the mailbox is empty", arguments: Setup.all, Trigger.allCases)
  func zero(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let idle = Signal()
      let answer = trigger.give(
        Order("handler", ending: .timeout(.milliseconds(0), Order("idle", done: idle))), to: server)
      // Nobody moves the clock.
      await idle.wait()
      try await answer.value
      #expect(try await server.notes() == ["handler", "idle"])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("GS-043: a timeout of zero of initialize comes at once", arguments: Setup.all)
  func zeroAfterInitialize(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      let idle = Signal()
      let order = Order("initialize", ending: .timeout(.milliseconds(0), Order("idle", done: idle)))
      let server = try await setup.startLoop(LoopPlan(order: order))
      await idle.wait()
      #expect(try await server.notes() == ["initialize", "idle"])
    }
  }

  @Test("GS-043: a timeout of zero does not come when the mailbox holds a message", arguments: Setup.all)
  func zeroWithAMessage(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      let handled = Signal()
      _ = try await server.follow(
        Order("handler", messages: [Order("message", done: handled)], ending: .timeout(.milliseconds(0), Order("idle")))
      )
      await handled.wait()
      await test.clock.advance(by: .seconds(10))
      #expect(try await server.notes() == ["handler", "message"])
    }
  }

  @Test("GS-044: a timeout brings the message it was given last", arguments: Setup.all, Trigger.allCases)
  func ownMessage(_ setup: Setup, _ trigger: Trigger) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      _ = try await server.follow(Order("", ending: .timeout(.milliseconds(100), Order("first"))))
      let idle = Signal()
      let answer = trigger.give(
        Order("", ending: .hibernateWithTimeout(.milliseconds(100), Order("second", done: idle))), to: server)
      if trigger == .call { try await answer.value }
      await test.clock.waitForTimers(1)
      await test.clock.advance(by: .milliseconds(100))
      await idle.wait()
      try await answer.value
      #expect(try await server.notes() == ["second"])
    }
  }

  @Test(
    "GS-044: any message cancels a timeout with hibernation too", arguments: Setup.all, Trigger.allCases)
  func ownMessageIsCancelled(_ setup: Setup, by trigger: Trigger) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      _ = try await server.follow(
        Order("handler", ending: .hibernateWithTimeout(.milliseconds(500), Order("idle"))))
      let handled = Signal()
      let answer = trigger.give(Order("message", done: handled), to: server)
      await handled.wait()
      await test.clock.advance(by: .seconds(10))
      #expect(try await server.follow(Order("last")) == ["handler", "message", "last"])
      try await answer.value
    }
  }

  @Test("GS-042: an idle timeout ends with its server", arguments: Setup.all)
  func endsWithTheServer(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let server = try await setup.startLoop()
      _ = try await server.follow(Order("", ending: .timeout(.seconds(100), Order("idle"))))
      await test.clock.waitForTimers(1)
      try await server.stop()
      #expect(test.clock.armedTimers == 0)
    }
  }
}
