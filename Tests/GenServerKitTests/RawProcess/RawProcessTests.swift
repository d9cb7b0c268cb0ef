import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("Raw processes", .timeLimit(.minutes(1))) struct RawProcessTests {
  @Test("PROC-001, PROC-002, PROC-003, PROC-006: how a body ends is the exit reason, and only a crash is reported")
  func reasons() async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        process.trapExits()
        let ends: [(ExitReason, @Sendable () throws -> Void)] = [
          (.normal, {}),
          (.failure(PuppetError("E")), { throw PuppetError("E") }),
          (.shutdownBecause("bye"), { throw ExitReason.shutdownBecause("bye") }),
        ]
        for (reason, end) in ends {
          let pid = process.spawnLink { _ in try end() }
          let exit = try await process.receive(Exit.self)
          #expect(exit.pid == pid)
          #expect(exit.reason == reason)
          #expect(await pid.waitForExit() == reason)
        }
      }
      #expect(test.logs.entries.map(\.level) == [.error])
    }
  }

  @Test("messages are received in order, selected ones first, and the others keep theirs")
  func selective() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        for number in 1...10 { process.pid.send(number) }
        process.pid.send("text")
        #expect(try await process.receive(String.self) == "text")
        #expect(try await process.receive(Int.self, where: { $0 > 7 }) == 8)
        #expect(try await process.receive(Int.self, timeout: .seconds(0), where: { $0 > 20 }) == nil)
        for number in [1, 2, 3, 4, 5, 6, 7, 9, 10] { #expect(try await process.receive() as? Int == number) }
        #expect(try await process.receive(timeout: .milliseconds(0)) == nil)
      }
    }
  }

  @Test("PROC-011: a receive with a timeout waits as long, and what came meanwhile stays")
  func timeouts() async throws {
    try await withTestRuntime { test in
      let woken = PuppetPromise<Int?>()
      let rest = PuppetPromise<String>()
      let pid = spawn { process in
        woken.fulfil(try await process.receive(Int.self, timeout: .milliseconds(100)))
        rest.fulfil(try await process.receive(String.self))
      }
      await test.clock.waitForTimers(1)
      pid.send("meanwhile")
      await test.clock.advance(by: .milliseconds(99))
      #expect(!woken.isFulfilled)
      await test.clock.advance(by: .milliseconds(1))
      #expect(await woken.value() == nil)
      #expect(await rest.value() == "meanwhile")
      #expect(await pid.waitForExit() == .normal)
    }
  }

  @Test("LM-010: a linked spawn is atomic")
  func linkedSpawn() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        for number in 1...50 {
          let pid = process.spawnLink { _ in throw PuppetError("\(number)") }
          let exit = try await process.receive(Exit.self)
          #expect(exit.pid == pid)
          #expect(exit.reason == .failure(PuppetError("\(number)")))
        }
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
    }
  }

  @Test("LM-027: a monitored spawn is atomic")
  func monitoredSpawn() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        for number in 1...50 {
          let (pid, monitor) = process.spawnMonitored { _ in throw PuppetError("\(number)") }
          let down = try await process.receive(Down.self)
          #expect(down.pid == pid)
          #expect(down.monitor == monitor)
          #expect(down.reason == .failure(PuppetError("\(number)")))
        }
      }
    }
  }

  @Test(
    "an exit signal makes every receive throw, in a process of its own and in one of a task", arguments: [true, false])
  func toldToExit(isTask: Bool) async throws {
    try await withTestRuntime { _ in
      let seen = PuppetPromise<[ExitReason]>()
      let pid = PuppetPromise<PID>()
      let body: @Sendable (PID, () async -> [ExitReason]) async -> Void = { own, receives in
        pid.fulfil(own)
        seen.fulfil(await receives())
      }
      let task = Task {
        if isTask {
          await withProcess { process in await body(process.pid) { await Self.twoReceives(process) } }
        } else {
          spawn { process in await body(process.pid) { await Self.twoReceives(process) } }
        }
      }
      let target = await pid.value()
      target.exit(crash)
      #expect(await seen.value() == [crash, crash])
      await task.value
      #expect(await target.waitForExit() == crash)
    }
  }

  private static func twoReceives(_ process: RawProcess) async -> [ExitReason] {
    var reasons: [ExitReason] = []
    for _ in 1...2 {
      do throws(ExitReason) { _ = try await process.receive() } catch { reasons.append(error) }
    }
    return reasons
  }

  @Test("a raw process and a server are linked, watched and named alike")
  func withServers() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        let server = try await Puppet.startLink()
        let pid = try server.own()
        #expect(process.snapshot.links == [pid])
        #expect(pid.snapshot?.parent == process.pid)
        process.monitor(server)
        _ = try await server.end(crash)
        // In the order of their making.
        #expect((try await process.receive() as? Exit)?.reason == crash)
        #expect((try await process.receive() as? Down)?.pid == pid)

        try process.register("raw")
        #expect(throws: NameError.alreadyNamed("raw")) { try process.register("raw") }
        await #expect(throws: StartError.alreadyStarted(process.pid)) { try await Puppet.start(name: "raw") }
      }
      // Free again.
      _ = try await Puppet.start(name: "raw")
    }
  }

  @Test("LM-023, LM-025: a watch that is ended brings no message, also when that lies in the mailbox")
  func demonitored() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let server = try await Puppet.start()
        let first = process.monitor(server)
        let second = process.monitor(server)
        _ = try await server.end(crash)
        process.demonitor(first)
        #expect(try await process.receive(Down.self).monitor == second)
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
    }
  }

  @Test("LM-034: an answer that comes late goes nowhere")
  func alias() async throws {
    try await withTestRuntime { test in
      let kept = PuppetPromise<PID>()
      let pid = spawn { process in
        kept.fulfil(try await process.receive(PID.self))
        _ = try await process.receive(String.self)
      }
      let answer = Task { try await pid.ask(Int.self, timeout: .seconds(1)) { $0 } }
      let asker = await kept.value()
      await test.clock.waitForTimers(1)
      await test.clock.advance(by: .seconds(1))
      await #expect(throws: CallError.timeout()) { try await answer.value }
      #expect(asker.send(1) == .noProcess)
      #expect(!asker.isAlive)
      // And one whose process ends first.
      let other = Task { try await pid.ask(Int.self) { _ in "end" } }
      await #expect(throws: CallError.exit(.normal)) { try await other.value }
      await #expect(throws: CallError.noProcess()) { try await pid.ask(Int.self) { $0 } }
    }
  }

  @Test("ask is answered")
  func ask() async throws {
    try await withTestRuntime { _ in
      let echo = spawn { process in
        while true {
          let (number, sender) = try await process.receive((Int, PID).self)
          sender.send(number + 1)
        }
      }
      for number in 1...200 {
        let answer = try await echo.ask(Int.self) { (number, $0) }
        #expect(answer == number + 1)
      }
      echo.exit(.shutdown)
      #expect(await echo.waitForExit() == .shutdown)
    }
  }

  @Test("TIMER-001, TIMER-013: a delayed message, and none after the end")
  func timers() async throws {
    try await withTestRuntime { test in
      let got = PuppetPromise<String>()
      let pid = spawn { process in
        process.send("late", after: .seconds(1))
        process.send("never", after: .seconds(2))
        got.fulfil(try await process.receive(String.self))
      }
      await test.clock.waitForTimers(2)
      await test.clock.advance(by: .seconds(1))
      #expect(await got.value() == "late")
      #expect(await pid.waitForExit() == .normal)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("ten thousand processes in a ring pass a message on")
  func ring() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        var next = process.pid
        for _ in 1...10_000 {
          let target = next
          next = spawn { process in
            let number = try await process.receive(Int.self)
            target.send(number + 1)
          }
        }
        next.send(0)
        #expect(try await process.receive(Int.self) == 10_000)
      }
    }
  }
}
