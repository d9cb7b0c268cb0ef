import GenServerKit
import GenServerTesting
import Testing

/// Begins as its plan says.
private struct AsyncStarter: GenServer {
  struct Plan: Sendable {
    let journal: PuppetJournal
    var gate: PuppetGate?
    var ignoresCancellation = false
    var child: ProcessName<Puppet>?
  }

  enum Call: Sendable { case child(ReplyTo<ServerRef<Puppet>?>) }

  var child: ServerRef<Puppet>?

  static func initialize(_ plan: Plan, context: Context) async throws -> Initial {
    plan.journal.write("begins")
    if let gate = plan.gate {
      if plan.ignoresCancellation { await gate.stand() } else { try await gate.pass() }
    }
    plan.journal.write("ends")
    guard let name = plan.child else { return .ok(Self()) }
    return .ok(Self(child: try await Puppet.start(name: name)))
  }

  func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .child(let client): .reply(child, to: client)
    }
  }
}

private struct PlainStarter: GenServer {
  enum Call: Sendable { case ping(ReplyTo<Int>) }

  static func initialize(_ gate: PuppetGate?, context: Context) -> Initial {
    gate?.block()
    return .ok(Self())
  }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .ping(let client): .reply(1, to: client)
    }
  }
}

@Suite("Conditions of a start", .timeLimit(.minutes(1))) struct StartConditionTests {
  @Test("A task that is cancelled already starts nothing")
  func cancelledBefore() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let start = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        _ = try await AsyncStarter.start(.init(journal: journal), name: "late")
      }
      await #expect(throws: StartError.cancelled) { try await start.value }
      #expect(journal.lines.isEmpty)
      #expect(AsyncStarter.whereis("late") == nil)
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("A task that is cancelled while initialize runs leaves nothing behind")
  func cancelledMeanwhile() async throws {
    try await withTestRuntime { test in
      for _ in 1...5 {
        let journal = PuppetJournal()
        let gate = PuppetGate()
        let start = Task { _ = try await AsyncStarter.start(.init(journal: journal, gate: gate), name: "late") }
        await gate.reached.value()
        let pid = try #require(AsyncStarter.whereis("late")?.pid)
        start.cancel()
        await #expect(throws: StartError.cancelled) { try await start.value }
        #expect(AsyncStarter.whereis("late") == nil)
        #expect(await pid.waitForExit() == .killed)
        #expect(journal.lines == ["begins"])
      }
      #expect(test.runtime.processes.isEmpty)
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("An initialize that ignores its end frees the name, and does not become a server")
  func ignoresCancellation() async throws {
    try await withTestRuntime { _ in
      let journal = PuppetJournal()
      let gate = PuppetGate()
      let start = Task {
        _ = try await AsyncStarter.start(
          .init(journal: journal, gate: gate, ignoresCancellation: true), name: "late")
      }
      await gate.reached.value()
      let pid = try #require(AsyncStarter.whereis("late")?.pid)
      start.cancel()
      await #expect(throws: StartError.cancelled) { try await start.value }
      let second = try await AsyncStarter.start(.init(journal: journal), name: "late")
      #expect(pid.isAlive)
      gate.open()
      #expect(await pid.waitForExit() == .killed)
      #expect(AsyncStarter.whereis("late") == second)
    }
  }

  @Test("A start that is fast enough does not notice its timeout", arguments: PuppetLending.allCases)
  func inTime(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let plain = try await PlainStarter.start(nil, timeout: .seconds(1), options: [lending.option])
      let async = try await AsyncStarter.start(
        .init(journal: PuppetJournal()), timeout: .seconds(1), options: [lending.option])
      #expect(test.clock.armedTimers == 0)
      await test.clock.advance(by: .seconds(100))
      #expect(plain.isAlive)
      #expect(async.isAlive)
      #expect(try await plain.call { .ping($0) } == 1)
      #expect(try await async.call { .child($0) } == nil)
    }
  }

  @Test("A plain start that takes too long throws on time, and its name is free at once")
  func plainTimeout() async throws {
    try await withTestRuntime { test in
      let gate = PuppetGate()
      let start = Task.immediate { try await PlainStarter.start(gate, name: "slow", timeout: .seconds(2)) }
      await gate.reached.value()
      let pid = try #require(PlainStarter.whereis("slow")?.pid)
      await test.clock.waitForTimers()
      test.clock.jump(by: .milliseconds(1999))
      #expect(test.clock.armedTimers == 1)
      test.clock.jump(by: .milliseconds(1))
      await #expect(throws: StartError.timeout) { try await start.value }
      let second = try await PlainStarter.start(nil, name: "slow")
      #expect(pid.isAlive)
      gate.open()
      #expect(await pid.waitForExit() == .killed)
      #expect(PlainStarter.whereis("slow") == second)
      #expect(try await second.call { .ping($0) } == 1)
    }
  }

  @Test("An async start that takes too long throws on time")
  func asyncTimeout() async throws {
    try await withTestRuntime { test in
      let journal = PuppetJournal()
      let gate = PuppetGate()
      let start = Task.immediate {
        try await AsyncStarter.start(.init(journal: journal, gate: gate), name: "slow", timeout: .seconds(2))
      }
      await gate.reached.value()
      await test.clock.waitForTimers()
      await test.clock.advance(by: .seconds(2))
      await #expect(throws: StartError.timeout) { try await start.value }
      #expect(journal.lines == ["begins"])
      #expect(AsyncStarter.whereis("slow") == nil)
      let second = try await AsyncStarter.start(.init(journal: journal), name: "slow")
      #expect(second.isAlive)
    }
  }

  @Test("A server can start another one while it starts")
  func startInside() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncStarter.start(.init(journal: PuppetJournal(), child: "child"))
      let child = try await server.call { .child($0) }
      #expect(child == Puppet.whereis("child"))
      #expect(child?.isAlive == true)
      #expect(try await child?.notes() == [])
    }
  }

  @Test("What an inner start fails with is the outer one's failure")
  func failingStartInside() async throws {
    try await withTestRuntime { test in
      let taken = try await Puppet.start(name: "child")
      let inner = StartError.alreadyStarted(try #require(taken.pid))
      await #expect(throws: StartError.failed(.failure(inner))) {
        try await AsyncStarter.start(.init(journal: PuppetJournal(), child: "child"), name: "parent")
      }
      #expect(AsyncStarter.whereis("parent") == nil)
      #expect(test.runtime.processes == [try #require(taken.pid)])
    }
  }

  @Test("A process can be told to exit while it starts")
  func exitMeanwhile() async throws {
    try await withTestRuntime { _ in
      let gate = PuppetGate()
      let start = Task.immediate {
        try await AsyncStarter.start(.init(journal: PuppetJournal(), gate: gate), name: "slow")
      }
      await gate.reached.value()
      AsyncStarter.whereis("slow")?.pid?.exit(.shutdown)
      await #expect(throws: StartError.failed(.shutdown)) { try await start.value }
      #expect(AsyncStarter.whereis("slow") == nil)
    }
  }

  @Test("Messages that come while a server starts are handled when it has")
  func earlyMessages() async throws {
    try await withTestRuntime { _ in
      let gate = PuppetGate()
      let start = Task.immediate {
        try await AsyncStarter.start(.init(journal: PuppetJournal(), gate: gate), name: "slow")
      }
      await gate.reached.value()
      let call = Task.immediate { try await AsyncStarter.named("slow").call { .child($0) } }
      gate.open()
      _ = try await start.value
      #expect(try await call.value == nil)
    }
  }
}
