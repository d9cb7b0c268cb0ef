import GenServerKit
import GenServerTesting
import Testing

@Suite("Processes that start at a later time", .timeLimit(.minutes(1))) struct DelayedSpawnTests {
  @Test("TIMER-015: a body runs once, when its time is up, in a process of its own", arguments: AlarmKind.allCases)
  func after(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let log = AlarmLog(from: test.clock.now)
      let pid = PuppetPromise<PID>()
      let timer = try await alarm.perform {
        spawn(after: .milliseconds(100)) { process in
          log.write("run", at: process.now)
          pid.fulfil(process.pid)
        }
      }
      #expect(timer.remaining == .milliseconds(100))
      await test.clock.advance(by: .milliseconds(100) - .nanoseconds(1))
      #expect(!pid.isFulfilled)
      await test.clock.advance(by: .nanoseconds(1))
      #expect(await pid.value() != alarm.pid)
      #expect(await pid.value().waitForExit() == .normal)
      await test.clock.advance(by: .seconds(10))
      #expect(log.lines == ["run @100"])
      #expect(timer.cancel() == nil)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("TIMER-015: a body runs although who asked for it has ended", arguments: AlarmKind.allCases)
  func setterHasEnded(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let runs = PuppetPromise<Void>()
      _ = try await alarm.perform { spawn(after: .milliseconds(100)) { _ in runs.fulfil() } }
      alarm.pid.exit(.killed)
      _ = await alarm.pid.waitForExit()
      await test.clock.advance(by: .milliseconds(100))
      await runs.value()
    }
  }

  @Test("TIMER-015: without a delay, from no process, and in a crash")
  func edges() async throws {
    try await withTestRuntime { test in
      let pid = PuppetPromise<PID>()
      spawn(after: .zero) { process in
        pid.fulfil(process.pid)
        throw PuppetError("late")
      }
      #expect(await pid.value().waitForExit() == .failure(PuppetError("late")))
      #expect(test.logs.errors.count == 1)
    }
  }

  @Test("TIMER-015: a body that is cancelled in time never runs")
  func cancelled() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let timer = spawn(after: .milliseconds(100)) { _ in journal.write("run") }
      await test.clock.advance(by: .milliseconds(40))
      #expect(timer.cancel() == .milliseconds(60))
      await test.clock.advance(by: .seconds(10))
      #expect(journal.lines.isEmpty)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("TIMER-020: runs of a repeated body overlap", arguments: AlarmKind.allCases)
  func every(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let log = AlarmLog(from: test.clock.now)
      let timer = try await alarm.perform {
        spawn(every: .milliseconds(100)) { process in
          log.write("begin", at: process.now)
          _ = try await process.receive(timeout: .milliseconds(300))
          log.write("end", at: process.now)
        }
      }
      await test.clock.advance(by: .milliseconds(1000))
      #expect(log.lines.filter { $0.hasPrefix("begin") } == (1...10).map { "begin @\($0 * 100)" })
      #expect(log.lines.filter { $0.hasPrefix("end") } == (4...10).map { "end @\($0 * 100)" })
      // The process itself and the last three runs.
      #expect(test.runtime.processes.count == 4)
      #expect(timer.cancel() == .milliseconds(100))
      await test.clock.advance(by: .seconds(10))
      #expect(log.lines.filter { $0.hasPrefix("begin") }.count == 10)
      #expect(log.lines.filter { $0.hasPrefix("end") }.count == 10)
    }
  }

  @Test("a repeated body ends with who asked for it, and not what runs", arguments: AlarmKind.allCases)
  func everyEndsWithSetter(_ kind: AlarmKind) async throws {
    try await withTestRuntime { test in
      let alarm = try await kind.start(test)
      let log = AlarmLog(from: test.clock.now)
      let timer = try await alarm.perform {
        spawn(every: .milliseconds(100)) { process in
          _ = try await process.receive(timeout: .milliseconds(50))
          log.write("end", at: process.now)
        }
      }
      await test.clock.advance(by: .milliseconds(220))
      alarm.pid.exit(.killed)
      _ = await alarm.pid.waitForExit()
      #expect(timer.remaining == nil)
      await test.clock.advance(by: .seconds(10))
      #expect(log.lines == ["end @150", "end @250"])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("what no process asked for ends when the runtime is shut down")
  func shutdown() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let timers = [
        spawn(after: .seconds(1)) { _ in journal.write("after") },
        spawn(every: .seconds(1)) { _ in journal.write("every") },
      ]
      await test.clock.advance(by: .milliseconds(500))
      try await test.runtime.shutdown()
      #expect(timers.allSatisfy { $0.remaining == nil })
      #expect(spawn(after: .seconds(1)) { _ in journal.write("late") }.remaining == nil)
      #expect(spawn(every: .seconds(1)) { _ in journal.write("late") }.remaining == nil)
      #expect(test.clock.armedTimers == 0)
      await test.clock.advance(by: .seconds(10))
      #expect(journal.lines.isEmpty)
    }
  }
}
