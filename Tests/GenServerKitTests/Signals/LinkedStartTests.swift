import GenServerKit
import GenServerTesting
import Testing

/// A server that starts in the way it is told, and notes how it ends.
private struct Child: GenServer {
  enum Plan: Sendable {
    case run(traps: Bool)
    case stop, ignore, fail
    case hang(PuppetGate)
  }

  enum Call: Sendable { case notes(ReplyTo<[String]>) }
  enum Info: Sendable { case exit(Exit) }

  var notes: [String] = []
  let journal: PuppetPromise<ExitReason>

  static func initialize(_ argument: (Plan, PuppetPromise<ExitReason>), context: Context) async throws -> Initial {
    let child = Child(journal: argument.1)
    switch argument.0 {
    case .run(let traps):
      if traps { context.trapExits { .exit($0) } }
      return .ok(child)
    case .stop: return .stop(crash)
    case .ignore: return .ignore
    case .fail: throw PuppetError("no")
    case .hang(let gate):
      await gate.stand()
      return .ok(child)
    }
  }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .notes(let client): .reply(notes, to: client)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .exit(let exit): notes.append("exit \(exit.pid) \(exit.reason)")
    }
    return .noReply
  }

  func terminate(_ reason: ExitReason, context: Context) async throws { journal.fulfil(reason) }
}

@Suite("Linked starts", .timeLimit(.minutes(1))) struct LinkedStartTests {
  private func start(
    _ plan: Child.Plan, in parent: ServerRef<AsyncPuppet>, journal: PuppetPromise<ExitReason> = .init(),
    timeout: Timeout = .infinity
  ) async throws -> Result<ServerRef<Child>, StartError> {
    try await parent.askAsync(timeout: .infinity) { _, _ in
      do throws(StartError) {
        return .success(try await Child.startLink((plan, journal), timeout: timeout))
      } catch {
        return .failure(error)
      }
    }
  }

  @Test("GS-001: a linked start links both ways, and makes the caller the parent", arguments: PuppetLending.allCases)
  func bothWays(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let parent = try await AsyncPuppet.ready(lending)
      let child = try #require(try await start(.run(traps: false), in: parent).get().pid)
      let pid = try parent.own()
      #expect(pid.snapshot?.links == [child])
      #expect(child.snapshot?.links == [pid])
      #expect(child.snapshot?.parent == pid)
      child.exit(crash)
      #expect(await pid.waitForExit() == crash)
    }
  }

  @Test("GS-002: an unlinked start leaves no link", arguments: PuppetLending.allCases)
  func unlinked(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let starter = try await AsyncPuppet.ready(lending)
      let other = try await starter.askAsync { _, _ in try await Puppet.start() }
      #expect(starter.pid?.snapshot?.links == [])
      #expect(other.pid?.snapshot?.parent == nil)
      _ = try await other.end(crash)
      #expect(try await starter.notes() == [])
    }
  }

  @Test("a linked start outside any process is refused")
  func outside() async throws {
    try await withTestRuntime { test in
      await #expect(throws: StartError.notInsideAProcess) { try await Puppet.startLink() }
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test(
    "GS-006, GS-009: a failed linked start throws, and leaves no message behind", arguments: PuppetLending.allCases,
    [true, false])
  func failed(_ lending: PuppetLending, traps: Bool) async throws {
    try await withTestRuntime { test in
      let parent = try await AsyncPuppet.ready(lending)
      if traps { try await parent.trapExits() }
      for _ in 1...3 {
        let journal = PuppetPromise<ExitReason>()
        #expect(try await start(.stop, in: parent, journal: journal) == .failure(.failed(crash)))
        #expect(!journal.isFulfilled)
        #expect(try await start(.ignore, in: parent) == .failure(.ignored))
        #expect(try await start(.fail, in: parent) == .failure(.failed(.failure(PuppetError("no")))))
        let gate = PuppetGate()
        let late = Task { try await start(.hang(gate), in: parent, timeout: .seconds(1)) }
        await gate.reached.value()
        await test.clock.waitForTimers(1)
        await test.clock.advance(by: .seconds(1))
        #expect(try await late.value == .failure(.timeout))
        gate.open()
      }
      #expect(try await parent.notes() == [])
      #expect(parent.pid?.snapshot?.links == [])
      for pid in test.runtime.processes where pid != parent.pid { _ = await pid.waitForExit() }
      #expect(try await parent.notes() == [])
    }
  }

  @Test("GS-003: a monitored start hands back a monitor")
  func monitored() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        for reason in [ExitReason.normal, crash] {
          let (server, monitor) = try await Puppet.startMonitored()
          #expect(process.snapshot.links == [])
          _ = try await server.end(reason)
          let down = try await process.receive(Down.self)
          #expect(down.monitor == monitor)
          #expect(down.reason == reason)
        }
        for plan in [Child.Plan.stop, .ignore, .fail] {
          await #expect(throws: StartError.self) { try await Child.startMonitored((plan, .init())) }
        }
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
      await #expect(throws: StartError.notInsideAProcess) { try await Puppet.startMonitored() }
    }
  }

  @Test("GS-054: terminate runs when a trapping server loses its parent", arguments: PuppetLending.allCases)
  func losesParent(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      for reason in [crash, .shutdown, .normal] {
        let parent = try await AsyncPuppet.ready(lending)
        let journal = PuppetPromise<ExitReason>()
        let child = try #require(try await start(.run(traps: true), in: parent, journal: journal).get().pid)
        _ = try await parent.end(reason)
        #expect(await journal.value() == reason)
        #expect(await child.waitForExit() == reason)
      }
    }
  }

  @Test("GS-055, GS-056: terminate runs neither without trapping nor on a kill", arguments: [true, false])
  func noTerminate(isKilled: Bool) async throws {
    try await withTestRuntime { _ in
      for reason in [crash, .shutdown] {
        let parent = try await AsyncPuppet.ready(.never)
        let journal = PuppetPromise<ExitReason>()
        let child = try #require(try await start(.run(traps: isKilled), in: parent, journal: journal).get().pid)
        if isKilled {
          try await parent.unlink(child)
          child.exit(.killed)
        } else {
          _ = try await parent.end(reason)
        }
        #expect(await child.waitForExit() == (isKilled ? .killed : reason))
        #expect(!journal.isFulfilled)
      }
    }
  }

  @Test("GS-057: exit messages from others go to info", arguments: PuppetLending.allCases)
  func fromOthers(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let (parent, helper) = (try await AsyncPuppet.ready(lending), try await Puppet.ready(lending))
      let journal = PuppetPromise<ExitReason>()
      let child = try await start(.run(traps: true), in: parent, journal: journal).get()
      let pids = (try #require(child.pid), try helper.own())
      try await helper.link(pids.0)
      _ = try await helper.end(crash)
      #expect(try await child.call { .notes($0) } == ["exit \(pids.1) \(crash)"])
      #expect(!journal.isFulfilled)
      #expect(pids.0.isAlive)
    }
  }
}
