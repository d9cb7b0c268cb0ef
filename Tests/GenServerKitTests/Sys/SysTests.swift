import GenServerKit
import GenServerTesting
import Testing

@Suite("Looking into a server", .timeLimit(.minutes(1))) struct SysTests {
  private struct Reading: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      try await server.ask { puppet, _ in puppet.notes = ["a", "b"] }
      #expect(try await Sys.state(of: server) { $0.notes } == ["a", "b"])
      try await Sys.replaceState(of: server) { $0.notes.append("c") }
      #expect(try await server.notes() == ["a", "b", "c"])
    }
  }

  @Test("SYS-001, SYS-004: reading and replacing the state", arguments: SignalCase.allCases)
  func reading(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Reading()) }
  }

  private struct Suspended: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let pid = try server.own()
      try await Sys.suspend(server)
      try await Sys.suspend(server)
      let suspended = try await Sys.status(of: server)
      #expect(suspended.isSuspended)
      #expect("\(suspended)".contains("suspended"))
      let pending = server.sendRequest { (client: ReplyTo<[String]>) in
        Server.called { puppet, _ in .reply(puppet.notes, to: client) }
      }
      server.send(Server.note("later"))
      let gaveUp = Task.immediate {
        try await server.ask(timeout: .milliseconds(0)) { _, _ in 0 }
      }
      await #expect(throws: CallError.timeout()) { try await gaveUp.value }
      // Nothing is handled, and the state can be read and replaced all the same.
      #expect(try await Sys.state(of: server) { $0.notes } == [])
      try await Sys.replaceState(of: server) { $0.notes.append("replaced") }
      #expect(try await Sys.state(of: server) { $0.notes } == ["replaced"])
      // The call that was given up is gone.
      #expect(pid.snapshot?.mailboxCount == 2)
      try await Sys.resume(server)
      try await Sys.resume(server)
      #expect(try await pending.value() == ["replaced"])
      #expect(try await server.notes() == ["replaced", "later"])
      let running = try await Sys.status(of: server)
      #expect(!running.isSuspended)
      #expect("\(running)".contains("running"))
    }
  }

  @Test(
    "SYS-002, SYS-005, SYS-006, SYS-007, SYS-008: a suspended server lets messages wait and can be looked into",
    arguments: SignalCase.allCases)
  func suspended(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Suspended()) }
  }

  private struct Missing: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      _ = try await server.end(.shutdown)
      await #expect(throws: CallError.noProcess()) { try await Sys.state(of: server) { $0.notes } }
      let unknown = Server.named("nobody")
      await #expect(throws: CallError.noProcess()) { try await Sys.state(of: unknown) { $0.notes } }
    }
  }

  @Test("SYS-003: reading the state of something missing", arguments: SignalCase.allCases)
  func missing(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Missing()) }
  }

  @Test("SYS-003: a busy server is waited for, five seconds unless told otherwise")
  func busy() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.ready(.never)
      let gate = await server.hold()
      let short = Task { try await Sys.state(of: server, timeout: .milliseconds(50)) { $0.notes } }
      let long = Task { try await Sys.state(of: server) { $0.notes } }
      await test.clock.waitForTimers(2)
      test.clock.jump(by: .milliseconds(50))
      await #expect(throws: CallError.timeout()) { try await short.value }
      test.clock.jump(by: .milliseconds(4950) - .nanoseconds(1))
      #expect(test.clock.armedTimers == 1)
      test.clock.jump(by: .nanoseconds(1))
      await #expect(throws: CallError.timeout()) { try await long.value }
      gate.open()
    }
  }

  private struct Ends: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      for traps in [false, true] {
        let killed = try await make()
        let pid = try killed.own()
        if traps { try await killed.trapExits() }
        try await Sys.suspend(killed)
        pid.exit(.killed)
        #expect(await pid.waitForExit() == .killed)
      }
      let stopped = try await make()
      try await Sys.suspend(stopped)
      stopped.send(Server.note("waits"))
      try await stopped.stop(.shutdown)
      #expect(!stopped.isAlive)

      let watcher = try await make()
      let terminated = try await make()
      let pid = try terminated.own()
      try await watcher.monitor(pid)
      let end = Task.immediate { await pid.waitForExit() }
      try await Sys.terminate(terminated, crash)
      #expect(await end.value == crash)
      #expect(try await watcher.notes() == ["down \(pid) \(crash)"])
    }
  }

  @Test("SYS-009, SYS-010, SYS-011: kill, stop and terminate reach a suspended server", arguments: SignalCase.allCases)
  func ends(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Ends()) }
  }

  @Test("a suspended server ends with its parent when it traps exits, and other messages wait")
  func parent() async throws {
    try await withTestRuntime { _ in
      let parent = try await AsyncPuppet.ready(.never)
      let child = try await parent.askAsync { _, _ in try await AsyncPuppet.startLink() }
      let pid = try child.own()
      try await child.trapExits()
      try await Sys.suspend(child)
      pid.exit(.shutdown)
      #expect(try await Sys.state(of: child) { $0.notes } == [])
      _ = try await parent.end(crash)
      #expect(await pid.waitForExit() == crash)
    }
  }

  private struct Counted: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let begun = PuppetPromise<Void>()
      let count: @Sendable (inout Server, ServerContext<Server>) -> Void = { puppet, context in
        puppet.notes.append("\(context.snapshot.mailboxCount)")
      }
      server.tell { _, context in
        begun.fulfil()
        while context.snapshot.mailboxCount < 6 {}
      }
      // The handler spins until all of it is there, so that what follows is taken out of the mailbox together.
      await begun.value()
      server.tell(count)
      server.send(Server.note("sent"))
      let suspended = Task.immediate { try await Sys.suspend(server) }
      for _ in 1...3 { server.tell(count) }
      try await suspended.value
      #expect(server.pid?.snapshot?.mailboxCount == 3)
      #expect(try await Sys.state(of: server) { $0.notes } == ["5", "sent"])
      server.send(Server.note("last"))
      #expect(server.pid?.snapshot?.mailboxCount == 4)
      try await Sys.resume(server)
      // The question for the notes is counted too, from when it has come.
      let notes = try await server.notes()
      #expect(notes.count == 6 && notes.last == "last")
      #expect(["3", "4"].contains(notes[2]) && ["1", "2"].contains(notes[4]))
    }
  }

  @Test(
    "a server counts all that waits, and a suspended one is counted right by others", arguments: SignalCase.allCases)
  func counted(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Counted()) }
  }

  @Test("a suspended server with a bound counts what waits")
  func bounded() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.start(options: [.mailbox(limit: 2), .callsInPlace(.never)])
      try await Sys.suspend(server)
      #expect(server.tell { puppet, _ in puppet.notes.append("1") } == .enqueued)
      #expect(server.tell { puppet, _ in puppet.notes.append("2") } == .enqueued)
      #expect(server.tell { puppet, _ in puppet.notes.append("3") } == .refused)
      #expect(try await Sys.state(of: server) { $0.notes } == [])
      try await Sys.resume(server)
      // Passes the bound, and is answered behind what lies in the mailbox.
      #expect(try await Sys.state(of: server) { $0.notes } == ["1", "2"])
    }
  }

  @Test("a server does not look into itself")
  func itself() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncPuppet.ready(.never)
      let error = try await server.askAsync { _, context -> CallError? in
        do throws(CallError) {
          _ = try await Sys.state(of: context.me) { $0.notes }
          return nil
        } catch {
          return error
        }
      }
      #expect(error == .callingSelf())
    }
  }

  @Test("GS-060: the secret is seen neither in the status nor in the log")
  func formatted() async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start("swordfish")
      let status = "\(try await Sys.status(of: vault))"
      #expect(status.contains("hidden"))
      vault.cast(.fail)
      _ = await vault.waitForExit()
      #expect(!test.logs.entries.isEmpty)
      for text in test.logs.entries.map({ "\($0)" }) + [status] { #expect(!text.contains("swordfish")) }
    }
  }
}

/// Hides what it holds.
private struct Vault: GenServer {
  enum Cast: Sendable { case fail }

  let secret: String

  static func initialize(_ secret: String, context: Context) -> Initial { .ok(Vault(secret: secret)) }

  func handleCast(_ cast: Cast, context: Context) throws -> Next { throw PuppetError("broken") }

  static func formatStatus(_ status: inout ServerStatus) { status.state = "hidden" }
}
