import GenServerKit
import GenServerTesting
import Testing

@Suite("Exits at a later time", .timeLimit(.minutes(2))) struct DelayedExitTests {
  private static let reasons: [ExitReason] = [crash, .shutdown, .shutdownBecause("late")]

  @Test("TIMER-016: an exit signal ends a process when its time is up", arguments: AlarmWay.ofExits, reasons)
  func ends(_ way: AlarmWay, _ reason: ExitReason) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let timer = way.exit(alarm, reason, after: .milliseconds(100))
      await test.clock.advance(by: .milliseconds(100) - .nanoseconds(1))
      #expect(alarm.pid.isAlive)
      #expect(timer.remaining == .nanoseconds(1))
      await test.clock.advance(by: .nanoseconds(1))
      #expect(await alarm.pid.waitForExit() == reason)
      #expect(timer.cancel() == nil)
    }
  }

  @Test("TIMER-016: a process schedules its own exit", arguments: AlarmWay.ofExits)
  func ownExit(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      _ = try await alarm.perform { way.exit(alarm, crash, after: .milliseconds(100)) }
      await test.clock.advance(by: .milliseconds(99))
      #expect(alarm.pid.isAlive)
      await test.clock.advance(by: .milliseconds(1))
      #expect(await alarm.pid.waitForExit() == crash)
    }
  }

  @Test(
    "TIMER-016: a process that traps exits gets the signal as a message", arguments: AlarmWay.ofExits,
    reasons + [.normal])
  func trapped(_ way: AlarmWay, _ reason: ExitReason) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      try await alarm.trapExits()
      _ = way.exit(alarm, reason, after: .milliseconds(100))
      _ = try await alarm.perform { way.exit(alarm, reason, after: .milliseconds(200)) }
      await test.clock.advance(by: .seconds(10))
      #expect(
        try await alarm.lines() == [100, 200].map { "exit by nobody: \(reason) @\($0)" })
    }
  }

  @Test("a delayed `normal` is ignored, as from another process", arguments: AlarmWay.ofExits)
  func normal(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      _ = way.exit(alarm, .normal, after: .milliseconds(100))
      _ = try await alarm.perform { way.exit(alarm, .normal, after: .milliseconds(100)) }
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == [])
    }
  }

  @Test("TIMER-016: a delayed exit that is cancelled never comes", arguments: AlarmWay.ofExits)
  func cancelled(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let timer = way.exit(alarm, .killed, after: .milliseconds(100))
      await test.clock.advance(by: .milliseconds(40))
      #expect(timer.cancel() == .milliseconds(60))
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == [])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test(
    "TIMER-017: a delayed exit for a name that nobody holds does nothing, and later timers work",
    arguments: AlarmWay.ofExits.filter(\.isByName), [ExitReason.killed, .shutdown])
  func unknownName(_ way: AlarmWay, _ reason: ExitReason) async throws {
    try await withTestRuntime { test in
      let other = try await way.kind.start(test, name: "other")
      let timer = way.exit(other, reason, after: .milliseconds(100))
      _ = try await other.set("later", .after(.milliseconds(200)))
      await test.clock.advance(by: .milliseconds(100))
      #expect(timer.remaining == nil)
      _ = try await other.set("latest", .after(.milliseconds(200)))
      await test.clock.advance(by: .seconds(10))
      #expect(try await other.lines() == ["later @200", "latest @300"])
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("TIMER-018: a delayed kill ends a process that traps exits", arguments: AlarmWay.ofExits, [true, false])
  func kill(_ way: AlarmWay, byItself: Bool) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      try await alarm.trapExits()
      if byItself {
        _ = try await alarm.perform { way.exit(alarm, .killed, after: .milliseconds(100)) }
      } else {
        _ = way.exit(alarm, .killed, after: .milliseconds(100))
      }
      await test.clock.advance(by: .milliseconds(99))
      #expect(try await alarm.lines() == [])
      await test.clock.advance(by: .milliseconds(1))
      #expect(await alarm.pid.waitForExit() == .killed)
      #expect(alarm.log.lines == [])
    }
  }

  @Test("a delayed exit is for who holds the name then", arguments: AlarmWay.ofExits.filter(\.isByName))
  func holderThen(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let first = try await way.kind.start(test, name: "alarm")
      _ = way.exit(first, crash, after: .milliseconds(100))
      first.pid.exit(.killed)
      _ = await first.pid.waitForExit()
      let second = try await way.kind.start(test, name: "alarm")
      await test.clock.advance(by: .milliseconds(100))
      #expect(await second.pid.waitForExit() == crash)
    }
  }
}
