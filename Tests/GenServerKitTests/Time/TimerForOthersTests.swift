import GenServerKit
import GenServerTesting
import Testing

@Suite("Timers for other processes", .timeLimit(.minutes(2))) struct TimerForOthersTests {
  @Test("TIMER-001, TIMER-002: a message for another process arrives when its time is up", arguments: AlarmWay.all)
  func arrives(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let after = way.send("after", to: alarm, .after(.milliseconds(100)))
      let at = way.send("at", to: alarm, .at(test.clock.now + .milliseconds(200)))
      #expect(after.remaining == .milliseconds(100))
      #expect(at.remaining == .milliseconds(200))
      await test.clock.advance(by: .milliseconds(100) - .nanoseconds(1))
      #expect(try await alarm.lines() == [])
      await test.clock.advance(by: .nanoseconds(1))
      #expect(try await alarm.lines() == [way.line("after", at: 100)])
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == [way.line("after", at: 100), way.line("at", at: 200)])
      #expect(after.cancel() == nil)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test(
    "TIMER-002: a message for another process arrives although who set the timer has ended", arguments: AlarmWay.all,
    AlarmKind.allCases)
  func setterHasEnded(_ way: AlarmWay, _ setterKind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let setter = try await setterKind.start(test)
      let timer = try await setter.perform { way.send("M", to: alarm, .after(.milliseconds(100))) }
      setter.pid.exit(.killed)
      _ = await setter.pid.waitForExit()
      #expect(timer.remaining == .milliseconds(100))
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == [way.line("M", at: 100)])
    }
  }

  @Test("TIMER-003, TIMER-004: what is due already is behind what was sent before", arguments: AlarmWay.all)
  func dueAlready(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      // Set by the process itself, so that nothing of it can have run before the timers are set.
      let timers = try await alarm.perform {
        alarm.pid.send(AlarmInfo.ring("N"))
        let timers = [
          way.send("zero", to: alarm, .after(.zero)), way.send("past", to: alarm, .at(test.clock.now - .seconds(1))),
          way.send("negative", to: alarm, .after(.seconds(-1))),
        ]
        alarm.log.write("set", at: test.clock.now)
        return timers
      }
      #expect(
        try await alarm.lines() == ["set @0", "N @0"] + ["zero", "past", "negative"].map { way.line($0, at: 0) })
      #expect(timers.allSatisfy { $0.remaining == nil })
    }
  }

  @Test("TIMER-006, TIMER-008, TIMER-009: it can be read and cancelled from anywhere", arguments: AlarmWay.all)
  func cancelled(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let setter = try await AlarmKind.async.start(test)
      let timer = try await setter.perform { way.send("M", to: alarm, .after(.milliseconds(1000))) }
      await test.clock.advance(by: .milliseconds(200))
      #expect(try await alarm.perform { timer.remaining } == .milliseconds(800))
      #expect(try await alarm.perform { timer.cancel() } == .milliseconds(800))
      #expect(timer.cancel() == nil)
      #expect(test.clock.armedTimers == 0)
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == [])
    }
  }

  @Test("TIMER-013: nothing happens for a process that has ended, or ends meanwhile", arguments: AlarmWay.byPID)
  func deadProcess(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test)
      let wishes = [.after(.milliseconds(100)), .at(test.clock.now), .every(.milliseconds(100))] as [AlarmWish]
      let early = way.send("early", to: alarm, .after(.milliseconds(100)))
      let repeated = way.send("repeated", to: alarm, .every(.milliseconds(100)))
      alarm.pid.exit(.killed)
      _ = await alarm.pid.waitForExit()
      for timer in [early, repeated] + wishes.map({ way.send("late", to: alarm, $0) }) {
        #expect(timer.remaining == nil)
        #expect(timer.cancel() == nil)
      }
      #expect(test.clock.armedTimers == 0)
      await test.clock.advance(by: .seconds(10))
      #expect(alarm.log.lines == [])
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("TIMER-013: nothing happens for a name that nobody holds", arguments: AlarmWay.byName)
  func unknownName(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let other = try await way.kind.start(test, name: "other")
      let timer = way.send("M", to: other, .after(.milliseconds(100)))
      #expect(timer.remaining == .milliseconds(100))
      let repeated = way.send("M", to: other, .every(.milliseconds(100)))
      #expect(repeated.remaining == nil)
      #expect(repeated.cancel() == nil)
      await test.clock.advance(by: .seconds(10))
      #expect(timer.remaining == nil)
      #expect(try await other.lines() == [])
      #expect(test.logs.entries.isEmpty)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("a name is looked up when the time is up", arguments: AlarmWay.byName)
  func lookedUpWhenDue(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let first = try await way.kind.start(test, name: "alarm")
      _ = way.send("M", to: first, .after(.milliseconds(100)))
      first.pid.exit(.killed)
      _ = await first.pid.waitForExit()
      let second = try await way.kind.start(test, name: "alarm")
      await test.clock.advance(by: .milliseconds(100))
      #expect(try await second.lines() == [way.line("M", at: 100)])
      #expect(first.log.lines == [])
    }
  }

  @Test("a name that a server of another type holds brings nothing", arguments: AlarmWay.byName)
  func wrongServer(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let other = try await (way.kind == .async || way.kind == .asyncLending ? AlarmKind.plain : .async)
        .start(test, name: "alarm")
      _ = way.send("M", to: other, .after(.milliseconds(100)))
      _ = way.exit(other, .killed, after: .milliseconds(100))
      await test.clock.advance(by: .seconds(1))
      #expect(try await other.lines() == [])
    }
  }

  @Test("a name is looked up in the runtime in which the timer was set", arguments: AlarmWay.byName)
  func runtimeOfTheSetter(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      _ = way.send("M", to: alarm, .after(.milliseconds(100)))
      _ = way.exit(alarm, .normal, after: .milliseconds(100))
      try await withTestRuntime { inner in
        let other = try await way.kind.start(inner, name: "alarm")
        // The clock that moves is that of the runtime outside.
        await test.clock.advance(by: .milliseconds(100))
        #expect(try await other.lines() == [])
      }
      #expect(try await alarm.lines() == [way.line("M", at: 100)])
    }
  }

  @Test("TIMER-019: a repeated message comes until it is cancelled", arguments: AlarmWay.all)
  func every(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let setter = try await AlarmKind.raw.start(test)
      let timer = try await setter.perform { way.send("M", to: alarm, .every(.milliseconds(100))) }
      setter.pid.exit(.killed)
      await test.clock.advance(by: .milliseconds(350))
      #expect(try await alarm.lines() == [100, 200, 300].map { way.line("M", at: $0) })
      #expect(timer.cancel() == .milliseconds(50))
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines().count == 3)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("a repeated message ends with its receiver, by name too", arguments: AlarmWay.all)
  func everyEndsWithReceiver(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let timer = way.send("M", to: alarm, .every(.milliseconds(100)))
      await test.clock.advance(by: .milliseconds(100))
      alarm.pid.exit(.killed)
      _ = await alarm.pid.waitForExit()
      #expect(timer.remaining == nil)
      #expect(test.clock.armedTimers == 0)
      let next = try await way.kind.start(test, name: "alarm")
      await test.clock.advance(by: .seconds(1))
      #expect(try await next.lines() == [])
      #expect(alarm.log.lines == [way.line("M", at: 100)])
    }
  }

  @Test("a message that is not of the server's Info is reported with who set the timer")
  func foreignMessage() async throws {
    try await withTestRuntime { test in
      let alarm = try await AlarmKind.plain.start(test)
      alarm.pid.send(42, after: .seconds(1))
      await test.clock.advance(by: .seconds(1))
      #expect(try await alarm.lines() == [])
      #expect(test.logs.errors.count == 1)
    }
  }

  @Test("what others set is counted by the mailbox's bound, what the server sets itself is not")
  func bound() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(name: "bounded", options: [.callsInPlace(.never), .mailbox(limit: 1)])
      _ = try await puppet.ask { _, context in context.send(.note("own"), after: .seconds(1)) }
      let gate = await puppet.hold()
      #expect(puppet.tell { puppet, _ in puppet.notes.append("cast") } == .enqueued)
      puppet.send(.note("refused"), after: .seconds(1))
      puppet.pid?.send(Puppet.Info.note("refused"), after: .seconds(1))
      Puppet.named("bounded").send(.note("refused"), after: .seconds(1))
      test.clock.jump(by: .seconds(1))
      gate.open()
      let notes = PuppetPromise<[String]>()
      try await puppet.cast(
        Puppet.told { puppet, _ in
          notes.fulfil(puppet.notes)
          return .noReply
        }, whenFull: .wait)
      #expect(await notes.value() == ["cast", "own"])
    }
  }

  @Test("timers for names end when the runtime is shut down, and none can be set then", arguments: AlarmWay.byName)
  func shutdown(_ way: AlarmWay) async throws {
    try await withTestRuntime { test in
      let alarm = try await way.kind.start(test, name: "alarm")
      let timer = way.send("M", to: alarm, .after(.seconds(100)))
      try await test.runtime.shutdown()
      #expect(timer.remaining == nil)
      #expect(way.send("M", to: alarm, .after(.seconds(100))).remaining == nil)
      #expect(test.clock.armedTimers == 0)
    }
  }
}
