import GenServerKit
import GenServerTesting
import Logging
import Testing

private typealias Body = @Sendable (RawProcess, StartAcknowledgement<Int>) async throws -> Void

@Suite("Starts that are acknowledged", .timeLimit(.minutes(1))) struct AcknowledgedStartTests {
  enum Way: CaseIterable {
    case unlinked, linked, monitored, linkedByServer

    /// From a process that traps exits, or a server's async handler.
    fileprivate func start(
      _ process: RawProcess, timeout: Timeout = .infinity, _ body: @escaping Body
    ) async throws -> (pid: PID, value: Int) {
      switch self {
      case .unlinked: return try await spawn(waitingFor: Int.self, timeout: timeout) { try await body($0, $1) }
      case .linked:
        return try await process.spawnLink(waitingFor: Int.self, timeout: timeout) { try await body($0, $1) }
      case .monitored:
        let (pid, monitor, value) = try await process.spawnMonitored(waitingFor: Int.self, timeout: timeout) {
          try await body($0, $1)
        }
        #expect("\(monitor)".contains("\(pid)"))
        return (pid, value)
      case .linkedByServer:
        let server = try await AsyncPuppet.start()
        return try await server.call(timeout: .infinity) { (client: ReplyTo<Result<Started, StartError>>) in
          .perform { _, context in
            do throws(StartError) {
              let (pid, value) = try await context.spawnLink(waitingFor: Int.self, timeout: timeout) {
                try await body($0, $1)
              }
              return .reply(.success(Started(pid: pid, value: value)), to: client)
            } catch {
              return .reply(.failure(error), to: client)
            }
          }
        }.get().both
      }
    }
  }

  struct Started: Sendable {
    let pid: PID
    let value: Int

    var both: (pid: PID, value: Int) { (pid, value) }
  }

  @Test("PROC-004: the start returns what was acknowledged, and not before", arguments: Way.allCases)
  func value(_ way: Way) async throws {
    try await withTestRuntime { test in
      let isBack = PuppetPromise<Void>()
      let start = Task {
        try await withProcess { process async throws in
          let (pid, value) = try await way.start(process) { process, ready in
            _ = try await process.receive(timeout: .milliseconds(200))
            ready(7)
            _ = try await process.receive()
          }
          isBack.fulfil()
          #expect(pid.isAlive)
          process.unlink(pid)
          pid.exit(.shutdown)
          return value
        }
      }
      await test.clock.waitForTimers()
      await test.clock.advance(by: .milliseconds(199))
      #expect(!isBack.isFulfilled)
      await test.clock.advance(by: .milliseconds(1))
      let value = try await start.value
      #expect(value == 7)
    }
  }

  enum Death: CaseIterable {
    case thrown, exited, returned, killed, exitSignal

    var reason: ExitReason {
      switch self {
      case .thrown, .exitSignal: crash
      case .exited: .shutdownBecause("no port")
      case .returned: .normal
      case .killed: .killed
      }
    }

    func happens(_ process: RawProcess) async throws {
      switch self {
      case .thrown: throw PuppetError("crash")
      case .exited: throw reason
      case .returned: return
      case .killed, .exitSignal:
        process.pid.exit(reason)
        _ = try await process.receive()
      }
    }
  }

  @Test("PROC-005: a death before that fails the start with its reason", arguments: Way.allCases, Death.allCases)
  func earlyDeath(_ way: Way, _ death: Death) async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        process.trapExits()
        let own = process.pid
        await #expect(throws: StartError.failed(death.reason)) {
          try await way.start(process) { process, _ in
            own.send(process.pid)
            try await death.happens(process)
          }
        }
        // It has ended before the start throws, and nothing else tells of it.
        let pid = try await process.receive(PID.self)
        #expect(!pid.isAlive)
        #expect(process.snapshot.links == [])
        #expect(process.snapshot.monitors == [])
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
      #expect(test.logs.entries.map(\.level) == (death == .thrown ? [.error] : []))
    }
  }

  @Test("PROC-005: a starter that does not trap exits lives on: the start alone tells it")
  func notTrapping() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        await #expect(throws: StartError.failed(crash)) {
          try await process.spawnLink(waitingFor: Int.self) { _, _ in throw PuppetError("crash") }
        }
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
    }
  }

  @Test("a failure can be told with an orderly end", arguments: Way.allCases)
  func toldFailure(_ way: Way) async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        process.trapExits()
        let own = process.pid
        await #expect(throws: StartError.failed(.failure(PuppetError("no port")))) {
          try await way.start(process) { process, ready in
            own.send(process.pid)
            try ready.fail(.failure(PuppetError("no port")))
          }
        }
        let pid = try await process.receive(PID.self)
        #expect(!pid.isAlive)
        #expect(await pid.waitForExit() == .normal)
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
        await #expect(throws: StartError.failed(.noProcess)) {
          try await way.start(process) { process, ready in
            own.send(process.pid)
            try ready.fail(.noProcess, exitingWith: .shutdown)
          }
        }
        #expect(await (try process.receive(PID.self)).waitForExit() == .shutdown)
      }
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("a start that takes too long kills the process", arguments: Way.allCases)
  func timeout(_ way: Way) async throws {
    try await withTestRuntime { test in
      let started = PuppetPromise<PID>()
      let late = PuppetPromise<Bool>()
      let start = Task {
        try await withProcess { process async throws in
          process.trapExits()
          await #expect(throws: StartError.timeout) {
            try await way.start(process, timeout: .seconds(1)) { process, ready in
              started.fulfil(process.pid)
              do { _ = try await process.receive() } catch {
                late.fulfil(ready(1))
                throw error
              }
            }
          }
          #expect(try await process.receive(timeout: .seconds(0)) == nil)
        }
      }
      let pid = await started.value()
      await test.clock.waitForTimers()
      await test.clock.advance(by: .milliseconds(999))
      #expect(pid.isAlive)
      await test.clock.advance(by: .milliseconds(1))
      try await start.value
      #expect(await pid.waitForExit() == .killed)
      #expect(await late.value() == false)
    }
  }

  @Test("a cancelled starter kills the process, and one that is cancelled before starts none")
  func cancellation() async throws {
    try await withTestRuntime { test in
      let started = PuppetPromise<PID>()
      let body: Body = { process, _ in
        started.fulfil(process.pid)
        _ = try await process.receive()
      }
      let start = Task { try await spawn(waitingFor: Int.self) { try await body($0, $1) } }
      let pid = await started.value()
      start.cancel()
      await #expect(throws: StartError.cancelled) { try await start.value }
      #expect(await pid.waitForExit() == .killed)

      let gate = PuppetGate()
      let hasBegun = PuppetPromise<Void>()
      let second = Task {
        await gate.stand()
        _ = try await spawn(waitingFor: Int.self) { process, _ in
          hasBegun.fulfil()
          _ = try await process.receive()
        }
      }
      await gate.reached.value()
      second.cancel()
      gate.open()
      await #expect(throws: StartError.cancelled) { try await second.value }
      #expect(test.runtime.processes.isEmpty)
      #expect(!hasBegun.isFulfilled)
    }
  }

  @Test("the first acknowledgement counts, and the process goes on after it", arguments: Way.allCases)
  func twice(_ way: Way) async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        let own = process.pid
        let (pid, value) = try await way.start(process) { process, ready in
          own.send([ready(1), ready(2)])
          _ = try await process.receive(String.self)
          throw PuppetError("crash")
        }
        #expect(value == 1)
        #expect(try await process.receive([Bool].self) == [true, false])
        pid.send("go on")
        #expect(await pid.waitForExit() == crash)
        switch way {
        case .linked: #expect(try await process.receive(Exit.self).reason == crash)
        case .monitored: #expect(try await process.receive(Down.self).reason == crash)
        case .unlinked, .linkedByServer: break
        }
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
    }
  }

  @Test("a failure that is told after the acknowledgement is an end like any other")
  func failureAfterwards() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        let (pid, _) = try await process.spawnLink(waitingFor: Void.self) { _, ready in
          ready()
          try ready.fail(crash, exitingWith: .shutdown)
        }
        let exit = try await process.receive(Exit.self)
        #expect(exit.pid == pid)
        #expect(exit.reason == .shutdown)
      }
    }
  }

  @Test("the value that was handed over is kept by nobody else")
  func valueIsFree() async throws {
    try await withTestRuntime { _ in
      let gate = PuppetGate()
      let value = WeakJournal()
      value.journal = try await spawn(waitingFor: PuppetJournal.self) { _, ready in
        ready(PuppetJournal())
        await gate.stand()
        withExtendedLifetime(ready) {}
      }.value
      await gate.reached.value()
      #expect(value.journal == nil)
      gate.open()
    }
  }

  private final class WeakJournal {
    weak var journal: PuppetJournal?
  }

  @Test(
    "in a runtime that is shut down it fails like any start", arguments: Way.allCases.filter { $0 != .linkedByServer })
  func shutDown(_ way: Way) async throws {
    let runtime = Runtime()
    try await runtime.shutdown()
    try await withRuntime(runtime) { () async throws in
      await withProcess { process in
        await #expect(throws: StartError.failed(.shutdown)) {
          try await way.start(process) { _, ready in ready(1) }
        }
      }
    }
  }

  @Test("a call to the starter that waits closes a circle, and is found")
  func circle() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncPuppet.start()
      let outcome = try await server.askAsync { _, _ in
        try await spawn(waitingFor: String.self) { _, ready in
          do { _ = try await server.notes() } catch { ready("\(error)") }
        }.value
      }
      #expect(outcome.contains("circle"))
    }
  }
}
