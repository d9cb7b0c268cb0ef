import GenServerTesting
import Logging
import Testing

@testable import GenServerKit

@Suite("Hibernation of idle processes", .timeLimit(.minutes(1))) struct HibernationOptionTests {
  @Test("PROC-013: a raw process that hibernates goes on with its data, and its crash is reported like any other")
  func rawProcess() async throws {
    try await withTestRuntime { test in
      let pid = spawn { process in
        var sum = 0
        process.storage[Total.self] = 100
        while true {
          try await process.hibernate()
          let (number, client) = try await process.receive((Int, PID).self)
          guard number > 0 else { throw PuppetError("crash") }
          sum += number
          client.send(sum + (process.storage[Total.self] ?? 0))
        }
      }
      let first = try await pid.ask(Int.self) { (1, $0) }
      #expect(first == 101)
      await eventually { pid.snapshot?.status == .waiting }
      let second = try await pid.ask(Int.self) { (2, $0) }
      #expect(second == 103)
      await #expect(throws: CallError.exit(crash)) { try await pid.ask(Int.self) { (0, $0) } }
      #expect(test.logs.entries.map(\.level) == [.error])
    }
  }

  private enum Total: ProcessStorageKey { typealias Value = Int }

  @Test("hibernating takes no message, and wakes at once when one waits; a watch that has been ended is none")
  func messages() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        for number in 1...3 { process.pid.send(number) }
        #expect(try await process.receive(Int.self, where: { $0 == 2 }) == 2)
        try await process.hibernate()
        #expect(process.snapshot.mailboxCount == 2)
        #expect(try await process.receive() as? Int == 1)
        #expect(try await process.receive() as? Int == 3)

        let ended = spawn { _ in }
        _ = await ended.waitForExit()
        let monitor = process.monitor(ended)
        process.demonitor(monitor)
        process.send("timer", after: .zero)
        try await process.hibernate()
        #expect(try await process.receive() as? String == "timer")
      }
    }
  }

  @Test("an exit signal and a cancelled task end hibernation", arguments: [true, false])
  func ends(isCancelled: Bool) async throws {
    try await withTestRuntime { _ in
      let own = PuppetPromise<PID>()
      let task = Task {
        await withProcess { process in
          own.fulfil(process.pid)
          do throws(ExitReason) {
            try await process.hibernate()
            return ExitReason.normal
          } catch {
            return error
          }
        }
      }
      let pid = await own.value()
      await eventually { pid.snapshot?.status != .running }
      if isCancelled { task.cancel() } else { pid.exit(crash) }
      #expect(await task.value == (isCancelled ? .failure(CancellationError()) : crash))
    }
  }

  /// A server that is left alone hibernates, works as before, and hibernates again.
  private struct Idle: SignalCheck {
    let test: TestRuntime

    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let core = try server.own().core
      for round in 1...3 {
        await test.clock.advance(by: .milliseconds(999))
        #expect(!core.isHibernating)
        await test.clock.advance(by: .milliseconds(1001))
        #expect(core.isHibernating)
        // Nothing more happens to it.
        #expect(test.clock.armedTimers == 0)
        #expect(try server.own().snapshot?.status == .waiting)
        server.send(Server.note("\(round)"))
        #expect(try await server.notes() == (1...round).map { "\($0)" })
        #expect(!core.isHibernating)
        #expect(test.clock.armedTimers == 1)
      }
      // One that is used now and then does not.
      for _ in 1...10 {
        await test.clock.advance(by: .milliseconds(900))
        #expect(!core.isHibernating)
        _ = try await server.notes()
      }
      try await server.stop()
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test(
    "a server with the option hibernates when it has been idle for so long, whatever its handlers",
    arguments: PuppetLending.allCases, [true, false])
  func servers(_ lending: PuppetLending, isPlain: Bool) async throws {
    try await withTestRuntime { test in
      let options = [lending.option, .hibernate(after: .seconds(1))]
      if isPlain {
        try await Idle(test: test).run { try await Puppet.start(options: options) }
      } else {
        try await Idle(test: test).run { try await AsyncPuppet.start(options: options) }
      }
    }
  }

  @Test("a server that hibernates has no spare memory")
  func memory() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.start(options: [.hibernate(after: .seconds(1))])
      let gate = await server.hold()
      for number in 1...50 { server.send(.note("\(number)")) }
      gate.open()
      #expect(try await server.notes().count == 50)
      let process = try #require(try server.own().core as? ServerProcess<Puppet>)
      await eventually { process.isIdle }
      #expect(process.inbox.capacity + process.batch.capacity > 0)
      await test.clock.advance(by: .seconds(3))
      #expect(process.isHibernating)
      #expect(process.inbox.capacity == 0)
      #expect(process.batch.capacity == 0)
    }
  }

  @Test("what may come to a hibernating server wakes it: a stop, an exit, a kill, a request of the system")
  func wakes() async throws {
    try await withTestRuntime { test in
      let ends: [@Sendable (ServerRef<Puppet>) async throws -> ExitReason] = [
        { server in
          let pid = try server.own()
          try await server.stop(.shutdown)
          return await pid.waitForExit()
        },
        { try await $0.own().end(by: crash) },
        { try await $0.own().end(by: .killed) },
        { server in
          #expect(try await Sys.state(of: server) { $0.notes } == [])
          try await Sys.suspend(server)
          server.send(.note("waits"))
          await test.clock.advance(by: .seconds(5))
          try await Sys.resume(server)
          #expect(try await server.notes() == ["waits"])
          return try await server.end(.normal)
        },
      ]
      for (end, reason) in zip(ends, [ExitReason.shutdown, crash, .killed, .normal]) {
        let server = try await Puppet.start(options: [.hibernate(after: .seconds(1))])
        await test.clock.advance(by: .seconds(3))
        #expect(try server.own().core.isHibernating)
        #expect(try await end(server) == reason)
        #expect(test.clock.armedTimers == 0)
      }
    }
  }

  @Test("without the option no timer is armed, and a time below zero is refused")
  func option() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.start()
      #expect(test.clock.armedTimers == 0)
      #expect(try server.own().core.relations == nil)
      await #expect(
        throws: StartError.invalidOption("hibernate(after: -1.0 seconds): the time must not be negative")
      ) {
        try await Puppet.start(options: [.hibernate(after: .seconds(-1))])
      }
      _ = try await Puppet.start(options: [.hibernate(after: .zero)])
      #expect(test.clock.armedTimers == 1)
    }
  }
}
