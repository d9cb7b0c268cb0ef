import GenServerKit
import GenServerTesting
import Testing

@Suite("Timers of a process for itself", .timeLimit(.minutes(2))) struct TimerConformanceTests {
  @Test("TIMER-001: a message arrives when its time is up, not earlier, and once", arguments: AlarmKind.allCases)
  func after(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      _ = try await alarm.set("M", .after(.milliseconds(100)))
      await test.clock.advance(by: .milliseconds(100) - .nanoseconds(1))
      #expect(try await alarm.lines() == [])
      await test.clock.advance(by: .nanoseconds(1))
      #expect(try await alarm.lines() == ["M @100"])
      await test.clock.advance(by: .seconds(1000))
      #expect(try await alarm.lines() == ["M @100"])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("TIMER-001: on the system's clock too")
  func afterOnSystemClock() async throws {
    try await withSystemClock {
      try await withProcess { process async throws in
        let start = process.now
        process.send("M", after: .milliseconds(30))
        #expect(try await process.receive(String.self) == "M")
        #expect(process.now - start >= .milliseconds(30))
        #expect(try await process.receive(timeout: .milliseconds(40)) == nil)
      }
    }
  }

  @Test("TIMER-003: at an instant, and at once for one that has passed", arguments: AlarmKind.allCases)
  func at(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      _ = try await alarm.set("later", .at(test.clock.now + .milliseconds(100)))
      _ = try await alarm.set("past", .at(test.clock.now - .milliseconds(100)))
      #expect(try await alarm.lines() == ["past @0"])
      await test.clock.advance(by: .milliseconds(100) - .nanoseconds(1))
      #expect(try await alarm.lines() == ["past @0"])
      await test.clock.advance(by: .nanoseconds(1))
      #expect(try await alarm.lines() == ["past @0", "later @100"])
    }
  }

  @Test("TIMER-004: a delay of zero goes through the mailbox", arguments: AlarmKind.allCases)
  func zero(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      _ = try await alarm.set(behind: "N", "M", .after(.zero))
      #expect(try await alarm.lines() == ["set @0", "N @0", "M @0"])
    }
  }

  @Test("TIMER-004: on the system's clock too", arguments: AlarmKind.allCases)
  func zeroOnSystemClock(_ kind: AlarmKind) async throws {
    try await withSystemClock {
      let alarm = try await kind.start(AlarmLog(from: .now))
      let timer = try await alarm.set(behind: "N", "M", .after(.zero))
      #expect(await alarm.log.lines(3).map { $0.prefix { $0 != " " } } == ["set", "N", "M"])
      #expect(timer.remaining == nil)
    }
  }

  @Test("TIMER-005: a message that carries the reference of its timer", arguments: AlarmKind.allCases)
  func reporting(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let second = try await alarm.set("second", .reportingAfter(.milliseconds(200)))
      let first = try await alarm.set("first", .reportingAt(test.clock.now + .milliseconds(100)))
      #expect(first != second)
      await test.clock.advance(by: .milliseconds(200))
      #expect(try await alarm.lines() == ["first @100", "second @200"])
      #expect(alarm.log.references == [first, second])
    }
  }

  @Test("TIMER-005: a repeated message carries it each time, and its handler can end it")
  func reportingEvery() async throws {
    try await withTestRuntime { test in
      try await reportingEvery(PlainAlarm.start(AlarmLog(from: test.clock.now)), test.clock)
      try await reportingEvery(AsyncAlarm.start(AlarmLog(from: test.clock.now)), test.clock)
    }
  }

  private func reportingEvery(_ server: ServerRef<some Alarm>, _ clock: TestClock) async throws {
    let log = try await server.call { .log($0) }
    let timer = try await server.call { .setAndCancelFromHandler(.milliseconds(100), $0) }
    await clock.advance(by: .seconds(1))
    _ = try await server.call { .log($0) }
    #expect(log.references == [timer])
    #expect(timer.remaining == nil)
    #expect(clock.armedTimers == 0)
  }

  @Test("TIMER-006: cancelling in time tells what was left, and nothing arrives", arguments: AlarmKind.allCases)
  func cancel(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let timer = try await alarm.set("M", .after(.milliseconds(1000)))
      await test.clock.advance(by: .milliseconds(100))
      #expect(timer.cancel() == .milliseconds(900))
      #expect(test.clock.armedTimers == 0)
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == [])
    }
  }

  // A reference that never was a timer cannot be expressed.
  @Test(
    "TIMER-007, TIMER-021: cancelling too late, or twice, gives nothing and disturbs nothing",
    arguments: AlarmKind.allCases)
  func cancelTooLate(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      _ = try await alarm.set("before", .after(.milliseconds(500)))
      let expired = try await alarm.set("expired", .after(.milliseconds(100)))
      let cancelled = try await alarm.set("cancelled", .after(.milliseconds(1000)))
      await test.clock.advance(by: .milliseconds(100))
      #expect(cancelled.cancel() == .milliseconds(900))
      for _ in 1...2 {
        #expect(expired.cancel() == nil)
        #expect(cancelled.cancel() == nil)
      }
      _ = try await alarm.set("after", .after(.milliseconds(100)))
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == ["expired @100", "after @200", "before @500"])
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("TIMER-008: reading a timer does not disturb it", arguments: AlarmKind.allCases)
  func read(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let timer = try await alarm.set("M", .after(.milliseconds(1000)))
      let cancelled = try await alarm.set("cancelled", .after(.milliseconds(1000)))
      await test.clock.advance(by: .milliseconds(200))
      #expect(timer.remaining == .milliseconds(800))
      cancelled.cancel()
      #expect(cancelled.remaining == nil)
      await test.clock.advance(by: .milliseconds(800))
      #expect(timer.remaining == nil)
      #expect(try await alarm.lines() == ["M @1000"])
    }
  }

  @Test(
    "TIMER-009: another process reads and cancels the timer", arguments: AlarmKind.allCases, AlarmKind.allCases)
  func elsewhere(_ kind: AlarmKind, _ otherKind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let other = try await otherKind.start(test)
      let timer = try await alarm.set("M", .after(.milliseconds(1000)))
      await test.clock.advance(by: .milliseconds(300))
      #expect(try await other.perform { timer.remaining } == .milliseconds(700))
      #expect(try await other.perform { timer.cancel() } == .milliseconds(700))
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines() == [])
      #expect(try await other.lines() == [])
    }
  }

  @Test("TIMER-010: messages arrive in the order of their instants", arguments: AlarmKind.allCases)
  func order(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      for delay in [300, 100, 200, 0] { _ = try await alarm.set("\(delay)", .after(.milliseconds(delay))) }
      await test.clock.advance(by: .seconds(1))
      #expect(try await alarm.lines() == ["0 @0", "100 @100", "200 @200", "300 @300"])
    }
  }

  private static let longDelays = [31, 32, 40].map { Duration.milliseconds(Int64(1) << $0) }

  @Test("TIMER-011: very long delays", arguments: AlarmKind.allCases, longDelays)
  func long(_ kind: AlarmKind, _ delay: Duration) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let timer = try await alarm.set("M", .after(delay))
      #expect(timer.remaining == delay)
      await test.clock.advance(by: .seconds(86_400))
      #expect(timer.remaining == delay - .seconds(86_400))
      #expect(try await alarm.lines() == [])
      #expect(timer.cancel() == delay - .seconds(86_400))
      // And one that is left alone does come, however long it takes.
      _ = try await alarm.set("late", .after(delay))
      await test.clock.advance(by: delay - .nanoseconds(1))
      #expect(try await alarm.lines() == [])
      await test.clock.advance(by: .nanoseconds(1))
      #expect(try await alarm.lines().count == 1)
    }
  }

  @Test("TIMER-011: on the system's clock too, where they do not hold up others", arguments: longDelays)
  func longOnSystemClock(_ delay: Duration) async throws {
    try await withSystemClock {
      try await withProcess { process async throws in
        let timer = process.send("long", after: delay)
        process.send("short", after: .milliseconds(1))
        #expect(try await process.receive() as? String == "short")
        let left = try #require(timer.remaining)
        #expect(left < delay && left > delay - .seconds(60))
        #expect(try await process.receive(timeout: .milliseconds(20)) == nil)
        #expect(timer.cancel() ?? .zero > delay - .seconds(60))
      }
    }
  }

  @Test(
    "TIMER-012: a negative delay is refused",
    .disabled("a delay below zero is one of zero here: a time that was computed may just have passed"))
  func negative() {}

  @Test("a delay below zero is one of zero", arguments: AlarmKind.allCases)
  func belowZero(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      _ = try await alarm.set(behind: "N", "M", .after(.seconds(-5)))
      #expect(try await alarm.lines() == ["set @0", "N @0", "M @0"])
    }
  }

  @Test("TIMER-014: ten thousand timers do not disturb each other", arguments: AlarmKind.allCases)
  func independent(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      var random = PartsRandom(seed: 14)
      var kept: [String: Int] = [:]
      let delays = (1...10_000).map { _ in Int.random(in: 0...500, using: &random) }
      let timers = try await alarm.set(
        delays.enumerated().map { (text: "\($0)", wish: .after(.milliseconds($1))) })
      for (number, (delay, timer)) in zip(delays, timers).enumerated() {
        // One without a delay has sent its message already.
        if Bool.random(using: &random), delay > 0 {
          #expect(timer.cancel() == .milliseconds(delay))
        } else {
          kept["\(number)"] = delay
        }
      }
      await test.clock.advance(by: .milliseconds(500))
      for _ in 1...2 {
        let arrived = try await alarm.lines().map { $0.split(separator: " @") }
        #expect(arrived.count == kept.count)
        #expect(Set(arrived.map { "\($0[0])" }) == Set(kept.keys))
        // Many are due at one instant, and handling them may take the process longer than the clock waits.
        let early = arrived.filter { Int($0[1]) ?? 0 < kept["\($0[0])"] ?? 0 }
        #expect(early.isEmpty)
        await test.clock.advance(by: .seconds(10))
      }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("TIMER-019: a repeated message comes after each interval until it is cancelled", arguments: AlarmKind.allCases)
  func every(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let timer = try await alarm.set("M", .every(.milliseconds(100)))
      await test.clock.advance(by: .milliseconds(350))
      #expect(try await alarm.lines() == ["M @100", "M @200", "M @300"])
      #expect(timer.cancel() == .milliseconds(50))
      await test.clock.advance(by: .seconds(10))
      #expect(try await alarm.lines().count == 3)
      #expect(timer.cancel() == nil)
    }
  }

  @Test("timers end with their process, and keep nothing alive", arguments: AlarmKind.allCases)
  func endWithProcess(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      var timers: [TimerReference] = []
      for wish in [
        .after(.seconds(1)), .at(test.clock.now + .seconds(2)), .every(.seconds(1)), .reportingAfter(.seconds(1)),
      ] as [AlarmWish] {
        timers.append(try await alarm.set("M", wish))
      }
      #expect(test.clock.armedTimers == timers.count)
      alarm.pid.exit(.killed)
      _ = await alarm.pid.waitForExit()
      #expect(test.clock.armedTimers == 0)
      for timer in timers {
        #expect(timer.remaining == nil)
        #expect(timer.cancel() == nil)
      }
      await test.clock.advance(by: .seconds(10))
      #expect(alarm.log.lines == [])
    }
  }
}
