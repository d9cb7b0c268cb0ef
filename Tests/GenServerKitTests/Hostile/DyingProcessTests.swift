import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Processes that end while something is done to them", .timeLimit(.minutes(5))) struct DyingProcessTests {
  private func expectNoOrphans<Server: Mortal>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      for round in 1...25 {
        let plan = MortalPlan()
        let server = try await Server.start(plan, options: [.callsInPlace(.never)])
        let pid = try #require(server.pid)
        server.cast(.spawn(round % 2 == 0 ? 20 : 200))
        _ = await plan.spawned.first
        await onThreads(2) { _ in pid.exit(.killed) }
        #expect(await pid.waitForExit() == .killed)
        while let child = plan.spawned.take() { #expect(await child.waitForExit() == .killed) }
        #expect(test.runtime.processes.isEmpty)
      }
    }
  }

  @Test("what a process spawns linked while it is killed ends with it")
  func spawning() async throws {
    try await expectNoOrphans(PlainMortal.self)
    try await expectNoOrphans(AsyncMortal.self)
  }

  private func expectThrownReason<Server: Mortal>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      let reason = ExitReason.failure(PuppetError("at the end"))
      let watcher = try await Puppet.ready(.never)
      for round in 1...25 {
        let plan = MortalPlan(spawnsAtEnd: 5)
        let server = try await Server.start(plan)
        let pid = try #require(server.pid)
        try await watcher.monitor(pid)
        if round % 2 == 0 {
          server.cast(.stop(.normal))
        } else {
          await #expect(throws: CallError.exit(reason)) { try await server.stop() }
        }
        #expect(await pid.waitForExit() == reason)
        #expect(try await watcher.notes(round).last == "down \(pid) \(reason)")
        while let child = plan.spawned.take() { #expect(await child.waitForExit() == reason) }
        #expect(test.runtime.processes == [try watcher.own()])
      }
    }
  }

  @Test("what terminate throws is the reason, also for what it has spawned")
  func throwingAtTheEnd() async throws {
    try await expectThrownReason(PlainMortal.self)
    try await expectThrownReason(AsyncMortal.self)
  }

  private func expectStartOrNothing<Server: Mortal>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      let killer = Elsewhere(threads: 3)
      try await withProcess { process async throws in
        process.trapExits()
        for round in 1...50 {
          let plan = MortalPlan(killer: killer)
          let timeout = round % 2 == 0 ? Timeout.infinity : .seconds(1)
          do throws(StartError) {
            if round % 3 == 0 {
              let server = try await Server.startLink(plan, name: "dying", timeout: timeout)
              let exit = try? await process.receive(Exit.self)
              #expect(exit?.pid == server.pid)
              #expect(exit?.reason == .killed)
            } else {
              let (server, monitor) = try await Server.startMonitored(plan, name: "dying", timeout: timeout)
              let down = try? await process.receive(Down.self)
              #expect(down?.monitor == monitor && down?.pid == server.pid)
              #expect(down?.reason == .killed)
            }
          } catch {
            #expect(error == .failed(.killed))
          }
          let pid = try #require(await plan.born.first)
          #expect(await pid.waitForExit() == .killed)
          #expect(Server.whereis("dying") == nil)
        }
        #expect(process.snapshot.links == [] && process.snapshot.monitors == [])
        #expect(try await process.receive(timeout: .after(.zero)) == nil)
        #expect(test.runtime.processes == [process.pid])
      }
      await killer.close()
      await eventually { test.clock.armedTimers == 0 }
    }
  }

  @Test("a process that is killed while it is started brings a failed start, or one message, and never both")
  func starting() async throws {
    try await expectStartOrNothing(PlainMortal.self)
    try await expectStartOrNothing(AsyncMortal.self)
  }

  private func expectFreeName<Server: PuppetShow>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      try await withThrowingTaskGroup { group in
        for _ in 1...8 {
          group.addTask { () async throws in
            for _ in 1...40 {
              do throws(StartError) {
                let pid = try await Server.start(name: "one").pid
                pid?.exit(.killed)
              } catch .alreadyStarted(let holder) {
                holder.exit(.killed)
                // The name was free before anybody heard of the end.
                _ = await holder.waitForExit()
                #expect(Server.whereis("one")?.pid != holder)
              } catch .failed(.killed) {
                // By one of the others, who saw the name before this start was over.
              }
            }
          }
        }
        try await group.waitForAll()
      }
      for pid in test.runtime.processes { _ = await pid.waitForExit() }
      #expect(test.runtime.processes.isEmpty)
      #expect(Server.whereis("one") == nil)
    }
  }

  @Test("a name is free when its holder has been killed, whoever wants it meanwhile")
  func naming() async throws {
    try await expectFreeName(Puppet.self)
    try await expectFreeName(AsyncPuppet.self)
  }

  private func expectErrors<Server: PuppetShow>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      for round in 1...40 {
        let server = try await Server.ready(.never)
        let pid = try server.own()
        let turns = Observed(0)
        let lookers = (1...4).map { _ in
          Task {
            await callError {
              while true {
                turns.change { $0 += 1 }
                try await Sys.suspend(server)
                _ = try await Sys.state(of: server) { $0.notes }
                server.tell { puppet, _ in puppet.notes.append("told") }
                try await Sys.resume(server)
              }
            }
          }
        }
        #expect(await turns.value { $0 >= round } >= round)
        pid.exit(.killed)
        for looker in lookers {
          let error = await looker.value
          #expect(error == .exit(.killed) || error == .noProcess())
        }
        #expect(await pid.waitForExit() == .killed)
      }
      #expect(test.runtime.processes.isEmpty)
      await eventually { test.clock.armedTimers == 0 }
    }
  }

  @Test("who suspends, resumes and looks into a process that is killed hears of its end")
  func suspending() async throws {
    try await expectErrors(Puppet.self)
    try await expectErrors(AsyncPuppet.self)
  }

  @Test("suspending and resuming as often as one likes takes no stack")
  func suspendedOften() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      let gate = await server.hold()
      let requests = (1...20_000).flatMap { _ in
        [
          Task.immediate { try await Sys.suspend(server, timeout: .infinity) },
          Task.immediate { try await Sys.resume(server, timeout: .infinity) },
        ]
      }
      gate.open()
      for request in requests { try await request.value }
      #expect(try await server.notes() == [])
    }
  }

  @Test("a starter that is killed while its linked start runs leaves nothing", arguments: [false, true])
  func killedStarter(isStubborn: Bool) async throws {
    try await withTestRuntime { test in
      for _ in 1...(isStubborn ? 5 : 40) {
        let gate = Gate()
        let plan = MortalPlan(gate: gate, isStubborn: isStubborn)
        let starter = try await AsyncPuppet.ready(.never)
        let pid = try starter.own()
        starter.tellAsync { _, _ in _ = try await AsyncMortal.startLink(plan, name: "child") }
        await gate.waitUntilReached()
        let child = try #require(await plan.born.first)
        if isStubborn {
          pid.exit(.killed)
          #expect(await pid.waitForExit() == .killed)
          // Its name is free, and it ends when its `initialize` has returned.
          #expect(AsyncMortal.whereis("child") == nil)
          #expect(child.isAlive)
          gate.open()
        } else {
          await onThreads(2) { number in if number == 0 { pid.exit(.killed) } else { gate.open() } }
          #expect(await pid.waitForExit() == .killed)
        }
        #expect(await child.waitForExit() == .killed)
        #expect(test.runtime.processes.isEmpty)
      }
      await eventually { test.clock.armedTimers == 0 }
    }
  }

  private func expectRefusal<Server: Mortal>(_: Server.Type, _ timeout: Timeout) async throws {
    try await withTestRuntime { test in
      let starter = try await AsyncPuppet.ready(.never)
      let plan = MortalPlan()
      let (go, outcome) = (PuppetPromise<Void>(), PuppetPromise<StartError?>())
      // The task outlives the handler, and its process, and is part of neither.
      _ = try await starter.askAsync { _, _ in
        Task {
          await go.value()
          do throws(StartError) {
            _ = try await Server.startLink(plan, name: "orphan", timeout: timeout)
            outcome.fulfil(nil)
          } catch {
            outcome.fulfil(error)
          }
        }
      }
      _ = try await starter.end(crash)
      go.fulfil()
      #expect(await outcome.value() == .notInsideAProcess)
      #expect(plan.born.take() == nil)
      #expect(Server.whereis("orphan") == nil)
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("a linked start by a task outside of processes is refused", arguments: [Timeout.infinity, .seconds(1)])
  func deadStarter(timeout: Timeout) async throws {
    try await expectRefusal(PlainMortal.self, timeout)
    try await expectRefusal(AsyncMortal.self, timeout)
  }

  /// Runs what waits until it has come true. What runs elsewhere meanwhile comes back to the scheduler without telling.
  private func runAll(_ scheduler: ParkedScheduler, until condition: () -> Bool) async {
    await eventually {
      scheduler.runAll()
      return condition()
    }
  }

  /// Calls the next one on the caller's thread; the last one stops.
  private struct Nested: GenServer {
    enum Call: Sendable { case pass(ArraySlice<ServerRef<Nested>>, ReplyTo<Void>) }

    let journal: PuppetJournal

    static func initialize(_ journal: PuppetJournal, context: Context) -> Initial { .ok(Nested(journal: journal)) }

    func handleCall(_ call: Call, context: Context) async throws -> Next {
      switch call {
      case .pass(let others, let client):
        guard let next = others.first else { return .stop(.normal) }
        try? await next.call(timeout: .infinity) { .pass(others.dropFirst(), $0) }
        return .reply((), to: client)
      }
    }

    func terminate(_ reason: ExitReason, context: Context) async { journal.write("\(reason)") }
  }

  @Test("GS-056: terminate does not run when a kill comes while it waits for a thread")
  func killedBeforeTerminate() async throws {
    let scheduler = ParkedScheduler()
    let runtime = Runtime(timeSource: SystemTimeSource.shared, scheduler: scheduler)
    let journal = PuppetJournal()
    var chain: [ServerRef<Nested>] = []
    for _ in 1...17 {
      let server = try await withRuntime(runtime) { () async throws in
        try await Nested.start(journal, options: [.callsInPlace(.always)])
      }
      chain.append(server)
    }
    // The first call of all shows that the handler is async, and does not run on the caller's thread.
    let extra = chain.removeLast()
    let stop = Task.immediate { try await extra.call(timeout: .infinity) { .pass([], $0) } }
    await runAll(scheduler) { !extra.isAlive }
    await #expect(throws: CallError.exit(.normal)) { try await stop.value }
    let others = chain.dropFirst()
    let first = chain[0]
    let call = Task.immediate { try await first.call(timeout: .infinity) { .pass(others, $0) } }
    // The last of sixteen that run on one thread ends elsewhere.
    let pid = try #require(chain[15].pid)
    #expect(!pid.core.isIdle && scheduler.count == 1)
    pid.exit(.killed)
    await runAll(scheduler) { !pid.isAlive }
    try await call.value
    #expect(await pid.waitForExit() == .killed)
    #expect(journal.lines == ["normal"])
    for server in chain { server.pid?.exit(.killed) }
    await runAll(scheduler) { runtime.processes.isEmpty }
  }
}
