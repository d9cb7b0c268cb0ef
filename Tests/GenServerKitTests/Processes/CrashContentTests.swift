import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("What a crash report tells of a process", .timeLimit(.minutes(1))) struct CrashContentTests {
  /// A server that is linked, labelled and traps exits crashes with messages waiting.
  private struct Crashing: SignalCheck {
    let test: TestRuntime

    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let pid = try server.own()
      let linked = try await make()
      try await server.link(linked)
      try await server.trapExits()
      try await server.ask { _, context in context.label = "writer 3" }
      server.tell { _, context in
        // What it sends itself lies behind this message.
        for number in 1...3 { context.me.send(Server.note("\(number)")) }
        throw PuppetError("crash")
      }
      #expect(await pid.waitForExit() == crash)
      let entry = try #require(test.logs.errors.first)
      #expect(test.logs.errors.count == 1)
      #expect(entry.metadata["pid"] == "\(pid)")
      #expect(entry.metadata["server"] == "\(Server.self)")
      #expect(entry.metadata["label"] == "writer 3")
      #expect(entry.metadata["reason"] == "\(crash)")
      #expect(entry.metadata["messages"] == "3")
      #expect(entry.metadata["trapsExits"] == "true")
      #expect(entry.metadata["ancestors"] == ["grandparent"])
      #expect(entry.metadata["links"] == .array([.string("\(try linked.own())")]))
      #expect(entry.metadata["origin"] == nil)
    }
  }

  @Test("PROC-007, GS-059: of a server", arguments: SignalCase.allCases)
  func servers(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        try process.register("grandparent")
        try await kind.run(Crashing(test: test))
      }
    }
  }

  @Test("PROC-007: of a raw process")
  func rawProcess() async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        process.trapExits()
        let own = process.pid
        let pid = process.spawnLink { process in
          try process.register("worker")
          process.label = "worker 1"
          process.trapExits()
          process.pid.send(1)
          process.pid.send(2)
          own.send("ready")
          throw PuppetError("crash")
        }
        let line = #line - 9
        let exit = try await process.receive(Exit.self)
        #expect(exit.pid == pid)
        let entry = try #require(test.logs.errors.first)
        #expect(test.logs.errors.count == 1)
        #expect(entry.metadata["pid"] == "\(pid)")
        #expect(entry.metadata["server"] == "process")
        #expect(entry.metadata["name"] == "worker")
        #expect(entry.metadata["label"] == "worker 1")
        #expect(entry.metadata["reason"] == "\(crash)")
        #expect(entry.metadata["messages"] == "2")
        #expect(entry.metadata["trapsExits"] == "true")
        #expect(entry.metadata["ancestors"] == .array([.string("\(own)")]))
        #expect(entry.metadata["links"] == .array([.string("\(own)")]))
        #expect(entry.metadata["origin"] == "GenServerKitTests/CrashContentTests.swift:\(line)")
      }
    }
  }

  @Test("what there is nothing of is left out")
  func nothing() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.start()
      server.tell { _, _ in throw PuppetError("crash") }
      #expect(await server.waitForExit() == crash)
      let entry = try #require(test.logs.errors.first)
      for key in ["name", "label", "ancestors", "links", "origin"] { #expect(entry.metadata[key] == nil) }
      #expect(entry.metadata["messages"] == "0")
      #expect(entry.metadata["trapsExits"] == "false")
    }
  }

  @Test("a server with many links names the first, and counts the others")
  func manyLinks() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.start()
      let others = (1...20).map { _ in
        spawn { process in
          process.trapExits()
          _ = try await process.receive(String.self)
        }
      }
      try await server.ask { _, context in for other in others { context.link(other) } }
      server.tell { _, _ in throw PuppetError("crash") }
      #expect(await server.waitForExit() == crash)
      let entry = try #require(test.logs.errors.first)
      let texts = others.prefix(16).map { "\($0)" } + ["and 4 more"]
      #expect(entry.metadata["links"] == .array(texts.map { .string($0) }))
    }
  }

  @Test("PROC-006: only a crash is reported, of a start that was acknowledged too")
  func onlyCrashes() async throws {
    try await withTestRuntime { test in
      for reason in [ExitReason.normal, .shutdown, .shutdownBecause("done")] {
        let (pid, _) = try await spawn(waitingFor: Void.self) { _, ready in
          ready()
          throw reason
        }
        #expect(await pid.waitForExit() == reason)
      }
      #expect(test.logs.entries.isEmpty)
      let (pid, _) = try await spawn(waitingFor: Void.self) { _, ready in
        ready()
        throw PuppetError("crash")
      }
      #expect(await pid.waitForExit() == crash)
      #expect(test.logs.entries.map(\.level) == [.error])
    }
  }

  private struct CleanEnds: SignalCheck {
    let test: TestRuntime

    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      for reason in [ExitReason.normal, .shutdown, .shutdownBecause("done")] {
        let thrown = try await make()
        #expect(try await thrown.end(reason) == reason)
        let stopped = try await make()
        try await stopped.stop(reason)
      }
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("GS-058: clean ends are not logged", arguments: SignalCase.allCases)
  func cleanEnds(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in try await kind.run(CleanEnds(test: test)) }
  }
}

/// A server whose state holds a secret.
private protocol Keeper: GenServer where Argument == String, Call == KeeperCall {
  var secret: String { get set }
}

private enum KeeperCall: Sendable { case leak(String, ReplyTo<Int>) }

extension Keeper {
  static func formatStatus(_ status: inout ServerStatus) {
    if var keeper = status.state as? Self {
      keeper.secret = "hidden"
      status.state = keeper
    }
    if case .leak(_, let client) = status.message as? KeeperCall { status.message = KeeperCall.leak("hidden", client) }
  }
}

private struct PlainKeeper: Keeper {
  var secret: String

  static func initialize(_ secret: String, context: Context) -> Initial { .ok(Self(secret: secret)) }
  mutating func handleCall(_ call: KeeperCall, context: Context) throws -> Next { throw PuppetError("leak") }
}

private struct AsyncKeeper: Keeper {
  var secret: String

  static func initialize(_ secret: String, context: Context) async -> Initial { .ok(Self(secret: secret)) }
  mutating func handleCall(_ call: KeeperCall, context: Context) async throws -> Next {
    await Task.yield()
    throw PuppetError("leak")
  }
}

@Suite("Status formatter", .timeLimit(.minutes(1))) struct StatusFormatterTests {
  private func check<Server: Keeper>(_ type: Server.Type, _ lending: PuppetLending, byName: Bool) async throws {
    try await withTestRuntime { test in
      let started = try await Server.start("swordfish", name: byName ? "keeper" : nil, options: [lending.option])
      let keeper = byName ? Server.named("keeper") : started
      let status = "\(try await Sys.status(of: keeper))"
      #expect(!status.contains("swordfish"))
      #expect(status.contains("hidden"))
      await #expect(throws: CallError.self) { try await keeper.call { .leak("swordfish", $0) } }
      _ = await started.waitForExit()
      let entry = try #require(test.logs.errors.first)
      #expect(test.logs.errors.count == 1)
      #expect(!entry.message.contains("swordfish"))
      #expect(!"\(entry.metadata)".contains("swordfish"))
      #expect(entry.metadata["state"] == "\(Server.self)(secret: \"hidden\")")
      #expect(entry.metadata["message"] == "leak(\"hidden\")")
    }
  }

  @Test(
    "GS-060: it applies to status queries and crash reports", arguments: PuppetLending.allCases,
    [(isPlain: true, byName: false), (true, true), (false, false), (false, true)])
  func formatter(_ lending: PuppetLending, _ server: (isPlain: Bool, byName: Bool)) async throws {
    if server.isPlain {
      try await check(PlainKeeper.self, lending, byName: server.byName)
    } else {
      try await check(AsyncKeeper.self, lending, byName: server.byName)
    }
  }
}
