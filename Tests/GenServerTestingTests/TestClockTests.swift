import GenServerKit
import GenServerTesting
import Synchronization
import Testing

@Suite("Test clock", .timeLimit(.minutes(1))) struct TestClockTests {
  @Test("Time stands still until it is moved")
  func standsStill() async throws {
    try await withTestRuntime { test in
      let now = test.clock.now
      let wallTime = test.clock.wallTime
      // Whatever else happens.
      _ = try await ClockedServer.start().call { .notes($0) }
      #expect(test.clock.now == now)
      #expect(test.clock.wallTime == wallTime)
      #expect(wallTime.description == "2001-01-01T00:00:00.000Z")
    }
  }

  @Test("Both times move by exactly what is asked, also when nothing is due")
  func moves() async throws {
    try await withTestRuntime { test in
      let now = test.clock.now
      let wallTime = test.clock.wallTime
      await test.clock.advance(by: .milliseconds(1500))
      #expect(test.clock.now == now + .milliseconds(1500))
      #expect(test.clock.wallTime == wallTime + .milliseconds(1500))
      await test.clock.advance(by: .zero)
      await test.clock.advance(by: .seconds(-100))
      #expect(test.clock.now == now + .milliseconds(1500))
      await test.clock.advance(by: .seconds(86_400 * 365))
      #expect(test.clock.wallTime.description == "2002-01-01T00:00:01.500Z")
    }
  }

  @Test("Timers fire in the order of their time, each at its own")
  func order() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      for (delay, text) in [(30, "c"), (10, "a"), (20, "b"), (10, "also a"), (99, "late")] {
        try await server.call { .arm(.milliseconds(delay), text, $0) }
      }
      #expect(test.clock.armedTimers == 5)
      await test.clock.advance(by: .milliseconds(50))
      #expect(try await server.call { .notes($0) } == ["a at 10.0", "also a at 10.0", "b at 20.0", "c at 30.0"])
      #expect(test.clock.armedTimers == 1)
      #expect(test.clock.now - (test.clock.now - .milliseconds(50)) == .milliseconds(50))
    }
  }

  @Test("Timers of several servers share one time")
  func severalServers() async throws {
    try await withTestRuntime { test in
      let first = try await ClockedServer.start()
      await test.clock.advance(by: .milliseconds(5))
      let second = try await ClockedServer.start()
      try await first.call { .arm(.milliseconds(20), "first", $0) }
      try await second.call { .arm(.milliseconds(10), "second", $0) }
      await test.clock.advance(by: .milliseconds(10))
      #expect(try await first.call { .notes($0) }.isEmpty)
      #expect(try await second.call { .notes($0) } == ["second at 10.0"])
      await test.clock.advance(by: .milliseconds(10))
      #expect(try await first.call { .notes($0) } == ["first at 25.0"])
    }
  }

  @Test("A timer that a handler arms fires within the same advance if it is due by then")
  func armedAgain() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      try await server.call { .armAgain(.milliseconds(10), "tick", count: 4, $0) }
      await test.clock.advance(by: .milliseconds(35))
      #expect(try await server.call { .notes($0) } == ["tick at 10.0", "tick at 20.0", "tick at 30.0"])
      await test.clock.advance(by: .milliseconds(5))
      #expect(try await server.call { .notes($0) }.last == "tick at 40.0")
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("A timer that repeats fires as often as its interval passes")
  func repeating() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      let timer = try await server.call { .armEvery(.seconds(1), "tick", $0) }
      await test.clock.advance(by: .seconds(100))
      let notes = try await server.call { .notes($0) }
      #expect(notes == (1...100).map { "tick at \(Double($0) * 1000)" })
      #expect(test.clock.armedTimers == 1)
      timer.cancel()
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("What was sent before is handled before time moves")
  func settles() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start(options: [.callsInPlace(.never)])
      for number in 0..<100 { server.send(.note("\(number)")) }
      await test.clock.advance(by: .seconds(1))
      let notes = try await server.call { .notes($0) }
      #expect(notes == (0..<100).map { "\($0) at 0.0" })
    }
  }

  @Test("Calls time out by it, and are counted while they wait")
  func calls() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      #expect(test.clock.armedTimers == 0)
      let calls = (1...3).map { seconds in
        Task { try await server.call(timeout: .seconds(seconds)) { .silence($0) } }
      }
      await test.clock.waitForTimers(3)
      #expect(test.clock.armedTimers == 3)
      for (index, call) in calls.enumerated() {
        await test.clock.advance(by: .milliseconds(999))
        #expect(test.clock.armedTimers == 3 - index)
        await test.clock.advance(by: .milliseconds(1))
        await #expect(throws: CallError.timeout()) { try await call.value }
        #expect(test.clock.armedTimers == 2 - index)
      }
    }
  }

  @Test("Waiting for timers returns at once when there are enough")
  func enoughTimers() async throws {
    try await withTestRuntime { test in
      await test.clock.waitForTimers(0)
      let server = try await ClockedServer.start()
      try await server.call { .arm(.seconds(1), "a", $0) }
      try await server.call { .arm(.seconds(1), "b", $0) }
      await test.clock.waitForTimers()
      await test.clock.waitForTimers(2)
      #expect(test.clock.armedTimers == 2)
    }
  }

  @Test("Waiting for timers ends when the task is cancelled")
  func cancelledWait() async throws {
    try await withTestRuntime { test in
      let waiting = Task { await test.clock.waitForTimers(1) }
      waiting.cancel()
      await waiting.value
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("The clocks of two tests are two")
  func twoClocks() async throws {
    try await withTestRuntime { outer in
      let start = outer.clock.now
      try await withTestRuntime { inner in
        await inner.clock.advance(by: .seconds(10))
        #expect(inner.clock.now == start + .seconds(10))
      }
      #expect(outer.clock.now == start)
    }
  }

  @Test("Many timers at one instant all fire, in the order in which they were armed")
  func manyAtOnce() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      for number in 0..<500 { try await server.call { .arm(.seconds(1), "\(number)", $0) } }
      #expect(test.clock.armedTimers == 500)
      await test.clock.advance(by: .seconds(1))
      #expect(try await server.call { .notes($0) } == (0..<500).map { "\($0) at 1000.0" })
    }
  }

  @Test("A raw process whose wait has timed out has gone on when the clock returns")
  func rawProcesses() async throws {
    try await withTestRuntime { test in
      let wentOn = Tally()
      for _ in 1...100 {
        spawn { process in
          _ = try await process.receive(timeout: .seconds(1))
          wentOn.count.add(1, ordering: .relaxed)
        }
      }
      await test.clock.waitForTimers(100)
      await test.clock.advance(by: .seconds(1))
      #expect(wentOn.count.load(ordering: .relaxed) == 100)
    }
  }

  @Test("A time that no clock can count is as far as the clock goes")
  func farAway() async throws {
    try await withTestRuntime { test in
      await test.clock.advance(by: .seconds(Int64.max))
      await test.clock.advance(by: .seconds(Int64.max))
      let now = test.clock.now
      await test.clock.advance(by: .seconds(1))
      #expect(test.clock.now == now)
    }
  }

  private final class Tally: Sendable {
    let count = Atomic<Int>(0)
  }
}
