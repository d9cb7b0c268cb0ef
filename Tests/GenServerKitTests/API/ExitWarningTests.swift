import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("Warning of processes that do not exit", .timeLimit(.minutes(1))) struct ExitWarningTests {
  /// Without what else is logged when a handler holds a thread while other tests are busy.
  private func warnings(in logs: LogRecorder) -> [LogRecorder.Entry] {
    logs.entries.filter { $0.message.contains("told to exit") }
  }

  @Test("A process whose handler ignores its end is named every five seconds until it has ended")
  func asyncHandler() async throws {
    try await withTestRuntime { test in
      let puppet = try await AsyncPuppet.start(name: "stubborn")
      let pid = try #require(puppet.pid)
      let gate = PuppetGate()
      puppet.tellAsync { _, _ in await gate.stand() }
      await gate.reached.value()
      pid.exit(.shutdown)
      #expect(pid.isAlive)
      try await expectWarnings(pid, "AsyncPuppet \"stubborn\"", test)
      // It keeps its name until it has ended.
      #expect(AsyncPuppet.whereis("stubborn") == puppet)
      gate.open()
      #expect(await pid.waitForExit() == .shutdown)
      await test.clock.advance(by: .seconds(30))
      #expect(warnings(in: test.logs).count == 3)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("A plain handler that blocks is named as well")
  func plainHandler() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(name: "stubborn", options: [.callsInPlace(.never)])
      let pid = try #require(puppet.pid)
      let gate = await puppet.hold()
      pid.exit(.killed)
      try await expectWarnings(pid, "Puppet \"stubborn\"", test)
      gate.open()
      #expect(await pid.waitForExit() == .killed)
      await test.clock.advance(by: .seconds(30))
      #expect(warnings(in: test.logs).count == 3)
    }
  }

  private func expectWarnings(_ pid: PID, _ title: String, _ test: TestRuntime) async throws {
    await test.clock.waitForTimers()
    test.clock.jump(by: .milliseconds(4999))
    #expect(warnings(in: test.logs).isEmpty)
    for count in 1...3 {
      test.clock.jump(by: count == 1 ? .milliseconds(1) : .seconds(5))
      #expect(warnings(in: test.logs).count == count)
      let entry = try #require(warnings(in: test.logs).last)
      #expect(entry.level == .warning)
      #expect(entry.message.contains("\(title) \(pid)"))
      #expect(entry.message.contains("\(count * 5) seconds"))
      #expect(entry.metadata["pid"] == "\(pid)")
    }
    #expect(pid.isAlive)
  }

  @Test("One warning at a time, however often the process is told")
  func often() async throws {
    try await withTestRuntime { test in
      let puppet = try await AsyncPuppet.start()
      let pid = try #require(puppet.pid)
      let gate = PuppetGate()
      puppet.tellAsync { _, _ in await gate.stand() }
      await gate.reached.value()
      for _ in 0..<5 { pid.exit(.shutdown) }
      pid.exit(.killed)
      await test.clock.waitForTimers()
      test.clock.jump(by: .seconds(5))
      #expect(warnings(in: test.logs).count == 1)
      gate.open()
      // The first reason counts.
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test("A process that ends in time is not named")
  func inTime() async throws {
    try await withTestRuntime { test in
      let puppet = try await AsyncPuppet.start()
      let pid = try #require(puppet.pid)
      let gate = PuppetGate()
      puppet.tellAsync { _, _ in try await gate.pass() }
      await gate.reached.value()
      pid.exit(.shutdown)
      #expect(await pid.waitForExit() == .shutdown)
      await test.clock.advance(by: .seconds(60))
      #expect(warnings(in: test.logs).isEmpty)
    }
  }

  @Test("An idle process ends at once and leaves no timer")
  func idle() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let pid = try #require(puppet.pid)
      pid.exit(.shutdown)
      #expect(await pid.waitForExit() == .shutdown)
      #expect(test.clock.armedTimers == 0)
    }
  }
}
