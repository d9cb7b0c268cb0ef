import GenServerKit
import GenServerTesting
import Testing

/// Writes down how it ends.
private struct ShutdownServer: GenServer {
  enum Cast: Sendable { case stand(PuppetGate) }

  let journal: PuppetJournal

  static func initialize(_ journal: PuppetJournal, context: Context) async -> Initial {
    .ok(Self(journal: journal))
  }

  func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .stand(let gate): await gate.stand()
    }
    return .noReply
  }

  func terminate(_ reason: ExitReason, context: Context) async {
    await Task.yield()
    journal.write("\(reason)")
  }
}

@Suite("Shutdown of a runtime", .timeLimit(.minutes(1))) struct ShutdownTests {
  @Test("Every process ends in order, and nothing starts afterwards")
  func orderly() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      var pids: [PID] = []
      for number in 0..<10 {
        let server = try await ShutdownServer.start(journal, name: ProcessName("server \(number)"))
        pids.append(try #require(server.pid))
      }
      pids.append(try #require(try await Puppet.start().pid))
      try await test.runtime.shutdown()
      for pid in pids {
        #expect(!pid.isAlive)
        #expect(await pid.waitForExit() == .shutdown)
      }
      #expect(journal.lines == Array(repeating: "shutdown", count: 10))
      #expect(test.runtime.processes.isEmpty)
      #expect(test.logs.entries.isEmpty)

      await #expect(throws: StartError.failed(.shutdown)) { try await Puppet.start(name: "late") }
      await #expect(throws: StartError.failed(.shutdown)) { try await ShutdownServer.start(journal) }
      #expect(Puppet.whereis("late") == nil)
      await #expect(throws: StartError.failed(.shutdown)) {
        try await withServer(Puppet.self) { _ in Issue.record("The body runs.") }
      }
    }
  }

  @Test("What is in the mailboxes is handled first")
  func messages() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      for number in 0..<5 { puppet.tell { _, _ in journal.write("\(number)") } }
      try await test.runtime.shutdown()
      #expect(journal.lines == ["0", "1", "2", "3", "4"])
    }
  }

  @Test("A server that ignores its end is named, and told to exit")
  func stuck() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let gate = PuppetGate()
      let stuck = try await ShutdownServer.start(journal, name: "stuck")
      let other = try await ShutdownServer.start(journal)
      let pid = try #require(stuck.pid)
      stuck.cast(.stand(gate))
      await gate.reached.value()

      let shutdown = Task.immediate { try await test.runtime.shutdown(timeout: .seconds(7)) }
      #expect(await other.waitForExit() == .shutdown)
      await test.clock.waitForTimers()
      await test.clock.advance(by: .milliseconds(6999))
      #expect(test.clock.armedTimers == 1)
      await test.clock.advance(by: .milliseconds(1))
      let error = await #expect(throws: ShutdownError.self) { try await shutdown.value }
      #expect(error?.stillRunning == [pid])
      #expect(error?.description.contains("ShutdownServer \"stuck\" \(pid)") == true)
      #expect(pid.isAlive)

      gate.open()
      #expect(await pid.waitForExit() == .killed)
      #expect(journal.lines == ["shutdown"])
      #expect(test.runtime.processes.isEmpty)
      // A second shutdown has nothing to do.
      try await test.runtime.shutdown()
    }
  }

  @Test("Without a timeout a shutdown gives up after thirty seconds")
  func defaultTimeout() async throws {
    try await withTestRuntime { test in
      let gate = PuppetGate()
      let stuck = try await ShutdownServer.start(PuppetJournal())
      stuck.cast(.stand(gate))
      await gate.reached.value()
      let shutdown = Task.immediate { try await test.runtime.shutdown() }
      await test.clock.waitForTimers()
      await test.clock.advance(by: .milliseconds(29_999))
      #expect(test.clock.armedTimers == 1)
      await test.clock.advance(by: .milliseconds(1))
      await #expect(throws: ShutdownError.self) { try await shutdown.value }
      gate.open()
      _ = await stuck.waitForExit()
    }
  }

  @Test("Who waits for an answer hears of the shutdown")
  func callers() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let call = Task.immediate { try await puppet.ask { _, _, client in kept.fulfil(client) } }
      _ = await kept.value()
      try await test.runtime.shutdown()
      await #expect(throws: CallError.exit(.shutdown)) { try await call.value }
      await #expect(throws: CallError.noProcess()) { try await puppet.notes() }
    }
  }

  @Test("A server that ends for its own reason meanwhile is no error")
  func crash() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let gate = await puppet.hold()
      puppet.tell { _, _ in throw PuppetError("broken") }
      let shutdown = Task.immediate { try await test.runtime.shutdown() }
      gate.open()
      try await shutdown.value
      #expect(await puppet.waitForExit() == .failure(PuppetError("broken")))
    }
  }

  @Test("A task that is a process, or several one inside the other, does not wait for itself")
  func ownProcesses() async throws {
    try await withTestRuntime { test in
      let other = try await Puppet.start()
      try await withProcess { outer async throws in
        try await withRuntime(Runtime()) { () async throws in
          try await withProcess { _ async throws in
            try await withRuntime(test.runtime) { () async throws in
              try await withProcess { inner async throws in
                try await test.runtime.shutdown()
                #expect(!other.isAlive)
                #expect(Set(test.runtime.processes) == [outer.pid, inner.pid])
                // They are not told to exit, and go on.
                inner.pid.send("still here")
                #expect(try await inner.receive(String.self) == "still here")
              }
            }
          }
        }
        outer.pid.send("still here")
        #expect(try await outer.receive(String.self) == "still here")
      }
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("A handler that makes a process of its task waits for neither of them")
  func ownHandler() async throws {
    try await withTestRuntime { test in
      let server = try await AsyncPuppet.ready(.never)
      let pid = try server.own()
      try await server.askAsync { _, _ in
        try await withProcess { _ async throws in try await test.runtime.shutdown() }
      }
      #expect(test.runtime.processes == [pid])
    }
  }

  @Test("Other runtimes go on")
  func others() async throws {
    let first = Runtime()
    let second = Runtime()
    let survivor = try await withRuntime(second) { () async throws in try await Puppet.start() }
    let ended = try await withRuntime(first) { () async throws in try await Puppet.start() }
    try await first.shutdown()
    #expect(!ended.isAlive)
    #expect(try await survivor.notes().isEmpty)
    try await second.shutdown()
    #expect(!survivor.isAlive)
  }
}

/// A server that starts a linked one of the same kind, so high, and writes down who ends when.
private struct TreeServer: GenServer {
  struct Argument: Sendable {
    let height: Int
    let journal: PuppetJournal
  }
  enum Info: Sendable { case exited(Exit) }

  let argument: Argument

  static func initialize(_ argument: Argument, context: Context) async throws -> Initial {
    if argument.height > 0 {
      _ = try await TreeServer.startLink(Argument(height: argument.height - 1, journal: argument.journal))
    }
    context.trapExits { .exited($0) }
    return .ok(Self(argument: argument))
  }

  func handleInfo(_ info: Info, context: Context) -> Next { .noReply }

  func terminate(_ reason: ExitReason, context: Context) { argument.journal.write("\(argument.height)") }
}

extension ShutdownTests {
  @Test("Trees end from their roots: a parent's `terminate` runs while its children live")
  func roots() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      _ = try await TreeServer.start(TreeServer.Argument(height: 5, journal: journal))
      try await test.runtime.shutdown()
      #expect(journal.lines == ["5", "4", "3", "2", "1", "0"])
    }
  }

  @Test("It throws nothing but a `ShutdownError`")
  func typed() async throws {
    try await withTestRuntime { test in
      do throws(ShutdownError) { try await test.runtime.shutdown() } catch { Issue.record("\(error)") }
    }
  }
}
