import GenServerKit
import GenServerTesting
import Testing

@Suite("Many timers", .timeLimit(.minutes(5))) struct ManyTimersTests {
  @Test("twenty thousand timers, half of them cancelled", arguments: AlarmKind.allCases)
  func twentyThousand(_ kind: AlarmKind) async throws { try await many(kind, 20_000) }

  @Test(
    "a million timers, half of them cancelled", .tags(.stress), .enabled(if: isStressEnabled),
    arguments: AlarmKind.allCases)
  func million(_ kind: AlarmKind) async throws { try await many(kind, 1_000_000) }

  private func many(_ kind: AlarmKind, _ count: Int) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      var random = PartsRandom(seed: 1)
      // A few instants: after each, the clock waits until what it brought has been handled.
      let timers = (0..<count).map { number in
        alarm.pid.send(AlarmInfo.ring("\(number)"), after: .seconds(Int.random(in: 1...10, using: &random)))
      }
      #expect(test.clock.armedTimers == count)
      for number in stride(from: 0, to: count, by: 2) where timers[number].cancel() == nil {
        Issue.record("timer \(number) was over")
      }
      #expect(test.clock.armedTimers == count / 2)
      await test.clock.advance(by: .seconds(10))
      let numbers = try await alarm.lines().compactMap { Int($0.prefix { $0 != " " }) }
      #expect(numbers.count == count / 2)
      #expect(Set(numbers) == Set(stride(from: 1, to: count, by: 2)))
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("thirty thousand timers end with their process", arguments: AlarmKind.allCases)
  func endWithProcess(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let census = Census()
      let alarm = try await kind.start(test)
      let timers = (0..<30_000).map { number in
        alarm.pid.send(Payload(number, census), after: .seconds(number % 100 + 1))
      }
      alarm.pid.exit(.killed)
      _ = await alarm.pid.waitForExit()
      #expect(test.clock.armedTimers == 0)
      // Also while somebody keeps the references.
      #expect(census.living == 0)
      #expect(timers.allSatisfy { $0.remaining == nil && $0.cancel() == nil })
    }
  }

  @Test("a timer that is over keeps nothing alive, whatever ended it")
  func keepsNothing() async throws {
    try await withTestRuntime { test in
      let census = Census()
      let pid = spawn { process in while true { _ = try await process.receive() } }
      let sent = pid.send(Payload(1, census), after: .seconds(1))
      let cancelled = pid.send(Payload(2, census), after: .seconds(1))
      let repeated = pid.send(Payload(3, census), every: .seconds(1))
      #expect(census.living == 3)
      cancelled.cancel()
      #expect(census.living == 2)
      await test.clock.advance(by: .seconds(1))
      pid.exit(.killed)
      _ = await pid.waitForExit()
      #expect(await census.isDeserted())
      let late = pid.send(Payload(4, census), after: .seconds(1))
      #expect(census.living == 0)
      withExtendedLifetime([sent, cancelled, repeated, late]) {}
    }
  }

  @Test("a message that carries its timer's reference leaves nothing when the timer is over")
  func circle() async throws {
    try await withTestRuntime { test in
      let census = Census()
      let ended = PuppetPromise<Void>()
      let pid = spawn { process in
        for number in 1...3 { process.startTimer(Payload(number, census), after: .seconds(number)) }
        _ = try await process.receive(TimerMessage<Payload>.self)
        process.startTimer(Payload(4, census), after: .seconds(1)).cancel()
        _ = try await process.receive(String.self)
        ended.fulfil()
      }
      await test.clock.advance(by: .seconds(1))
      pid.send("end")
      await ended.value()
      _ = await pid.waitForExit()
      #expect(await census.isDeserted())
    }
  }

  @Test("timers that are set while their process ends are not left behind")
  func setWhileEnding() async throws {
    try await withTestRuntime { test in
      // Threads meet between the locks of the process and of the queue.
      for _ in 1...300 {
        let pid = spawn { process in while true { _ = try await process.receive() } }
        await withTaskGroup { group in
          for _ in 1...3 {
            group.addTask {
              for _ in 1...20 { pid.send("late", after: .seconds(3600)) }
            }
          }
          group.addTask { pid.exit(.killed) }
        }
        _ = await pid.waitForExit()
      }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("timers are set, read and cancelled from many tasks at once")
  func manyTasks() async throws {
    try await withSystemClock {
      let pid = PuppetPromise<PID>()
      let received = PuppetPromise<Int>()
      spawn { process in
        pid.fulfil(process.pid)
        var count = 0
        while try await process.receive(Int.self) > 0 { count += 1 }
        received.fulfil(count)
      }
      let target = await pid.value()
      let kept = await withTaskGroup(of: Int.self) { group in
        for _ in 1...4 {
          group.addTask {
            var kept = 0
            // Threads meet at the lock of the queue, among them the one that fires.
            for number in 1...5000 {
              let timer = target.send(number, after: .microseconds(number % 50))
              if number % 2 == 0 || timer.cancel() == nil { kept += 1 }
            }
            return kept
          }
        }
        return await group.reduce(0, +)
      }
      // Later than all of them, as instants go.
      target.send(0, after: .milliseconds(1))
      #expect(await received.value() == kept)
    }
  }
}
