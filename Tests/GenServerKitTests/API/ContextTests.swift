import Foundation
import GenServerKit
import GenServerTesting
import Logging
import Testing

/// What a handler sees of its context while it is told to exit.
private struct ExitView: Equatable, Sendable {
  let before: Bool
  let after: Bool
  let isCancelled: Bool
}

@Suite("Server context", .timeLimit(.minutes(1))) struct ContextTests {
  @Test("A handler knows its own pid and reference", arguments: PuppetLending.allCases)
  func identity(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      try await identity(of: Puppet.ready(lending, name: "puppet"))
      try await identity(of: AsyncPuppet.ready(lending, name: "async"))
    }
  }

  private func identity(of puppet: ServerRef<some PuppetShow>) async throws {
    #expect(try await puppet.ask { _, context in context.pid } == puppet.pid)
    #expect(try await puppet.ask { _, context in context.me } == puppet)
    // Also from a place that nobody called.
    let told = PuppetPromise<PID>()
    puppet.tell { _, context in told.fulfil(context.pid) }
    #expect(await told.value() == puppet.pid)
  }

  @Test("The reference to oneself can be handed out and used", arguments: PuppetLending.allCases)
  func me(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.ready(lending)
      let me = try await puppet.ask { puppet, context in
        context.me.tell { puppet, _ in puppet.notes.append("to myself") }
        puppet.notes.append("first")
        return context.me
      }
      #expect(try await me.notes() == ["first", "to myself"])
    }
  }

  @Test("Time in a handler is the runtime's", arguments: PuppetLending.allCases)
  func time(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      try await time(of: Puppet.ready(lending), test.clock)
      try await time(of: AsyncPuppet.ready(lending), test.clock)
    }
  }

  private func time(of puppet: ServerRef<some PuppetShow>, _ clock: TestClock) async throws {
    let start = try await puppet.ask { _, context in context.now }
    let startOfWall = try await puppet.ask { _, context in context.wallTime }
    #expect(start == clock.now)
    #expect(startOfWall == clock.wallTime)
    await clock.advance(by: .seconds(90))
    #expect(try await puppet.ask { _, context in context.now } == start + .seconds(90))
    #expect(try await puppet.ask { _, context in context.wallTime } == startOfWall + .seconds(90))
  }

  @Test("Time in a handler is the system's where nobody moves it")
  func systemTime() async throws {
    try await withRuntime(Runtime()) { () async throws in
      let puppet = try await Puppet.start()
      let before = ContinuousClock.now
      let now = try await puppet.ask { _, context in context.now }
      #expect(abs((now - before) / .seconds(1)) < 30)
      let wall = try await puppet.ask { _, context in context.wallTime }
      let difference = Date().timeIntervalSince1970 - wall.sinceEpoch / .seconds(1)
      #expect(abs(difference) < 30)
      try await puppet.stop()
    }
  }

  @Test("A plain handler sees that its process is told to exit")
  func plainExiting() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let pid = try #require(puppet.pid)
      let gate = PuppetGate()
      let seen = PuppetPromise<ExitView>()
      puppet.tell { _, context in
        let before = context.isExiting
        gate.block()
        seen.fulfil(ExitView(before: before, after: context.isExiting, isCancelled: false))
      }
      await gate.reached.value()
      pid.exit(.shutdown)
      #expect(pid.isAlive)
      gate.open()
      #expect(await seen.value() == ExitView(before: false, after: true, isCancelled: false))
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test("An async handler sees it as well, and is cancelled", arguments: PuppetLending.allCases)
  func asyncExiting(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await AsyncPuppet.ready(lending)
      let pid = try #require(puppet.pid)
      let gate = PuppetGate()
      let seen = PuppetPromise<ExitView>()
      puppet.tellAsync { _, context in
        let before = context.isExiting || Task.isCancelled
        await gate.stand()
        // The signal is there at once; the thread that started the handler's task may have to pass the rest on first.
        try? await PuppetGate().pass()
        seen.fulfil(ExitView(before: before, after: context.isExiting, isCancelled: Task.isCancelled))
      }
      await gate.reached.value()
      pid.exit(.shutdown)
      gate.open()
      #expect(await seen.value() == ExitView(before: false, after: true, isCancelled: true))
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test("A process that is not told to exit does not see that it is", arguments: PuppetLending.allCases)
  func notExiting(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.ready(lending)
      puppet.pid?.exit(.normal)
      #expect(try await puppet.ask { _, context in context.isExiting } == false)
      #expect(puppet.isAlive)
    }
  }

  @Test("The logger names the process", arguments: PuppetLending.allCases)
  func logger(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.ready(lending, name: "speaker")
      let nameless = try await AsyncPuppet.ready(lending)
      _ = try await puppet.ask { _, context in
        context.logger.info("hello", metadata: ["more": "yes"])
        return 0
      }
      _ = try await nameless.ask { _, context in
        context.logger.debug("here")
        return 0
      }
      let entries = test.logs.entries
      try #require(entries.count == 2)
      #expect(entries[0].message == "hello")
      #expect(entries[0].level == .info)
      let expected: Logger.Metadata = [
        "pid": "\(try #require(puppet.pid))", "server": "Puppet", "name": "speaker", "more": "yes",
      ]
      #expect(entries[0].metadata == expected)
      #expect(entries[1].metadata == ["pid": "\(try #require(nameless.pid))", "server": "AsyncPuppet"])
    }
  }
}
