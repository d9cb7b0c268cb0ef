import GenServerKit
import GenServerTesting
import Logging
import Testing

/// A server whose `terminate` does what a test says.
private struct Wreck: GenServer {
  typealias End = @Sendable () async throws -> Void

  enum Call: Sendable {
    case fail(ExitReason, ReplyTo<Void>)
    case ready(ReplyTo<Void>)
  }
  enum Cast: Sendable {
    case fail(ExitReason)
    case stop(ExitReason)
  }

  let end: End

  static func initialize(_ end: @escaping End, context: Context) -> Initial { .ok(Wreck(end: end)) }

  func handleCall(_ call: Call, context: Context) throws -> Next {
    switch call {
    case .fail(let reason, _): throw reason
    case .ready(let client): return .reply(to: client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) throws -> Next {
    switch cast {
    case .fail(let reason): throw reason
    case .stop(let reason): return .stop(reason)
    }
  }

  func terminate(_ reason: ExitReason, context: Context) async throws { try await end() }
}

@Suite("The cause of a crash", .timeLimit(.minutes(1))) struct CrashCauseTests {
  private static let cause = ExitReason.failure(PuppetError("cause"))
  private static let second = ExitReason.failure(PuppetError("second"))

  private func start(_ lending: PuppetLending, _ end: @escaping Wreck.End) async throws -> Wreck.Ref {
    let wreck = try await Wreck.start(end, options: [lending.option])
    try await wreck.call { .ready($0) }
    try await wreck.fallsIdle()
    return wreck
  }

  private func expectReport(
    _ test: TestRuntime, terminate: ExitReason?, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try #require(test.logs.entries.count == 1, sourceLocation: sourceLocation)
    let entry = test.logs.entries[0]
    #expect(entry.level == .error, sourceLocation: sourceLocation)
    #expect(entry.message.contains("ends because of a crash: \(Self.cause)"), sourceLocation: sourceLocation)
    #expect(entry.metadata["reason"] == "\(Self.cause)", sourceLocation: sourceLocation)
    #expect(entry.metadata["terminate"] == terminate.map { "\($0)" }, sourceLocation: sourceLocation)
    #expect(
      entry.message.contains("terminate threw") == (terminate != nil), sourceLocation: sourceLocation)
    if let terminate { #expect(entry.message.hasSuffix("\(terminate)"), sourceLocation: sourceLocation) }
  }

  @Test(
    "is reported, and what terminate throws besides, which is the reason",
    arguments: [second, .normal, .shutdown, .killed], PuppetLending.allCases)
  func terminateThrows(_ thrown: ExitReason, _ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let wreck = try await start(lending) { throw thrown }
      wreck.cast(.fail(Self.cause))
      #expect(await wreck.waitForExit() == thrown)
      try expectReport(test, terminate: thrown)
    }
  }

  @Test("is reported of a call as well", arguments: PuppetLending.allCases)
  func call(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let wreck = try await start(lending) { throw Self.second }
      await #expect(throws: CallError.exit(Self.second)) { try await wreck.call { .fail(Self.cause, $0) } }
      try expectReport(test, terminate: Self.second)
      #expect(test.logs.entries[0].metadata["client"] == "a task that is no process")
    }
  }

  @Test("is reported of a stop for a reason that is no orderly one")
  func stop() async throws {
    try await withTestRuntime { test in
      let wreck = try await start(.never) { throw ExitReason.normal }
      wreck.cast(.stop(Self.cause))
      #expect(await wreck.waitForExit() == .normal)
      try expectReport(test, terminate: .normal)
    }
  }

  @Test("is reported when somebody kills the server while its terminate runs", arguments: PuppetLending.allCases)
  func kill(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let inside = PuppetPromise<Void>()
      let wreck = try await start(lending) {
        inside.fulfil()
        try await Task.sleep(for: .seconds(1000))
      }
      wreck.cast(.fail(Self.cause))
      await inside.value()
      wreck.exit(.killed)
      #expect(await wreck.waitForExit() == .killed)
      // What terminate threw came of the kill.
      try expectReport(test, terminate: nil)
    }
  }

  @Test("is reported when somebody kills the server before its end has begun")
  func killedBeforeTheEnd() async throws {
    try await withTestRuntime { test in
      let wreck = try await start(.always) {}
      var runs = 0
      await #expect(throws: CallError.self) {
        try await wreck.call { client in
          runs += 1
          // The second time for the report, on the thread that ran the handler.
          if runs == 2 { wreck.exit(.killed) }
          return .fail(Self.cause, client)
        }
      }
      #expect(await wreck.waitForExit() == .killed)
      try expectReport(test, terminate: nil)
    }
  }

  @Test("is none that a handler throws when it has been told to exit", arguments: PuppetLending.allCases)
  func afterExit(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.ready(lending)
      let pid = try #require(puppet.pid)
      await #expect(throws: CallError.exit(.killed)) {
        try await puppet.ask { _, context in
          pid.exit(.killed)
          throw PuppetError("told to exit")
        }
      }
      #expect(await puppet.waitForExit() == .killed)
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("a terminate that throws is a crash after an orderly stop")
  func orderlyStop() async throws {
    try await withTestRuntime { test in
      let wreck = try await start(.never) { throw Self.cause }
      await #expect(throws: CallError.exit(Self.cause)) { try await wreck.stop() }
      try expectReport(test, terminate: nil)
    }
  }

  @Test("an orderly stop whose terminate throws an orderly reason, or is killed, is none")
  func orderly() async throws {
    try await withTestRuntime { test in
      let orderly = try await start(.never) { throw ExitReason.shutdown }
      orderly.cast(.stop(.normal))
      #expect(await orderly.waitForExit() == .shutdown)
      let inside = PuppetPromise<Void>()
      let killed = try await start(.never) {
        inside.fulfil()
        try await Task.sleep(for: .seconds(1000))
      }
      killed.cast(.stop(.normal))
      await inside.value()
      killed.exit(.killed)
      #expect(await killed.waitForExit() == .killed)
      #expect(test.logs.entries.isEmpty)
    }
  }

  // What else a report says.

  @Test("the client is named, and whether it lives", arguments: PuppetLending.allCases)
  func client(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let wreck = try await start(lending) {}
      let client = try await AsyncPuppet.start(name: "client")
      let pid = try #require(client.pid)
      client.cast(
        .perform { _, _ in
          _ = try? await wreck.call { .fail(Self.cause, $0) }
          return .noReply
        })
      #expect(await wreck.waitForExit() == Self.cause)
      let text = try #require(test.logs.errors.first?.metadata["client"]).description
      #expect(text.hasPrefix("AsyncPuppet \"client\" \(pid), which is alive and "))
      try await client.stop()
    }
  }

  @Test("a client that has ended, or has given up, is told so")
  func clientIsGone() async throws {
    try await withTestRuntime { test in
      let gate = PuppetGate()
      let wreck = try await Puppet.start(options: [.abandonedRequests(.run), .callsInPlace(.never)])
      let client = spawn { _ in
        _ = try? await wreck.ask { _, _ in
          gate.block()
          throw PuppetError("cause")
        }
      }
      await gate.reached.value()
      client.exit(.killed)
      _ = await client.waitForExit()
      gate.open()
      _ = await wreck.waitForExit()
      #expect(test.logs.errors.first?.metadata["client"] == "process \(client), which has ended")
    }
  }

  @Test("messages that were taken out of the mailbox together are counted")
  func batch() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let gate = await puppet.hold()
      puppet.tell { _, _ in throw PuppetError("cause") }
      for number in 1...5 { puppet.send(.note("\(number)")) }
      gate.open()
      _ = await puppet.waitForExit()
      #expect(test.logs.errors.first?.metadata["messages"] == "5")
    }
  }

  @Test("the linked processes that go down too are named, with what they did, and no others")
  func neighbours() async throws {
    try await withTestRuntime { test in
      let crashing = try await Puppet.start()
      let near = try await Puppet.start(name: "near")
      let far = try await Puppet.start(name: "far")
      let trapping = try await Puppet.start(name: "trapping")
      let behind = try await Puppet.start(name: "behind")
      _ = try await trapping.ask { _, context in context.trapExits { _ in .note("exit") } }
      for (one, other) in [(crashing, near), (near, far), (far, crashing), (crashing, trapping), (trapping, behind)] {
        let pid = try #require(other.pid)
        _ = try await one.ask { _, context in context.link(pid) }
      }
      for puppet in [near, far] { try await puppet.fallsIdle() }
      let pids = try [near, far].map { try #require($0.pid) }
      crashing.tell { _, _ in throw PuppetError("cause") }
      _ = await crashing.waitForExit()
      let entry = try #require(test.logs.errors.first)
      #expect(test.logs.errors.count == 1)
      #expect(
        entry.metadata["neighbours"]
          == [
            "Puppet \"near\" \(pids[0]) is waiting for messages", "Puppet \"far\" \(pids[1]) is waiting for messages",
          ])
    }
  }

  @Test("of many linked processes some are named")
  func manyNeighbours() async throws {
    try await withTestRuntime { test in
      let crashing = try await Puppet.start()
      for _ in 1...40 {
        let pid = try #require(try await Puppet.start().pid)
        _ = try await crashing.ask { _, context in context.link(pid) }
      }
      crashing.tell { _, _ in throw PuppetError("cause") }
      _ = await crashing.waitForExit()
      let entry = try #require(test.logs.errors.first)
      guard case .array(let links)? = entry.metadata["links"], case .array(let others)? = entry.metadata["neighbours"]
      else {
        _ = Issue.record("no lists in \(entry)")
        return
      }
      #expect(links.count == 17)
      #expect(links.last == "and 24 more")
      #expect(others.count == 17)
      #expect(others.last == "and more")
    }
  }
}

extension Logger.MetadataValue {
  fileprivate var description: String { "\(self)" }
}
