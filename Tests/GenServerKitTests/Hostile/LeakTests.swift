import GenServerTesting
import Testing

@testable import GenServerKit

/// What ties processes together must not keep those that have ended in memory, while others live on.
@Suite("Processes that have ended leave nothing in memory", .timeLimit(.minutes(5))) struct LeakTests {
  /// Ties each of some processes to the survivor in every way, and ends it.
  private func tie<Server: PuppetShow>(
    _: Server.Type, to survivor: ServerRef<Puppet>, _ lending: PuppetLending, _ remains: Remains
  ) async throws {
    let own = try survivor.own()
    for round in 1...60 {
      let server = try await Server.start(name: "tied", options: [lending.option])
      let pid = try server.own()
      remains.watch(pid)
      try await survivor.ask { _, context in
        context.link(pid)
        context.monitor(pid) { .note("\($0.reason)") }
        context.demonitor(context.monitor(pid) { .note("\($0.reason)") })
        context.monitor(server) { .note("\($0.reason)") }
        context.request(server, as: { .note("\($0)") }) { (client: ReplyTo<Int>) in
          Server.called { _, _ in .reply(1, to: client) }
        }
      }
      try await server.ask { _, context in
        if round % 2 == 0 { context.trapExits { Server.note("\($0.reason)") } }
        context.monitor(own) { Server.note("\($0.reason)") }
        context.link(own)
        if round % 3 == 0 { context.unlink(own) }
        context.send(Server.note("never"), after: .seconds(3600))
        // Never answered, and given up by the end of who asked.
        context.request(survivor, timeout: .infinity, as: { Server.note("\($0)") }) { (client: ReplyTo<Int>) in
          Puppet.called { _, _ in .reply(2, to: client) }
        }
      }
      let pending: PendingReply<Int> = server.sendRequest { client in
        Server.called { _, _ in .reply(3, to: client) }
      }
      let reason = round % 2 == 0 ? ExitReason.killed : crash
      pid.exit(reason)
      _ = try? await pending.value()
      #expect(await pid.waitForExit() == reason)
    }
  }

  @Test("links, watches, requests and timers", arguments: PuppetLending.allCases)
  func ties(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let remains = Remains()
      let survivor = try await Puppet.ready(.never)
      try await survivor.trapExits()
      try await tie(Puppet.self, to: survivor, lending, remains)
      try await tie(AsyncPuppet.self, to: survivor, lending, remains)
      _ = try await survivor.notes()
      #expect(await remains.left() == [])
      let snapshot = try #require(survivor.pid?.snapshot)
      #expect(snapshot.links == [] && snapshot.monitors == [] && snapshot.monitoredBy == [])
      #expect(test.clock.armedTimers == 0)
    }
  }

  /// Starts a process that starts one, which starts one: each outlives its parent.
  private func start(_ count: Int, _ remains: Remains) async throws -> ServerRef<AsyncPuppet> {
    var youngest = try await AsyncPuppet.start()
    for _ in 1...count {
      let parent = youngest
      remains.watch(try parent.own())
      youngest = try await parent.askAsync { _, _ in try await AsyncPuppet.startLink() }
      try await parent.stop()
    }
    return youngest
  }

  @Test("parents that ended long ago")
  func parents() async throws {
    try await withTestRuntime { test in
      let remains = Remains()
      let youngest = try await start(100, remains)
      // A process knows its own parent still.
      let parent = youngest.pid?.snapshot?.parent?.core.title
      let left = await remains.left(1)
      #expect(left == [parent])
      #expect(test.runtime.processes == [try youngest.own()])
    }
  }

  /// Starts processes of which one of each round lives on, and returns when the others have ended.
  private func start(_ remains: Remains) async throws {
    for round in 1...50 {
      let killed = await withProcess { process in
        remains.watch(process.pid)
        process.trapExits()
        return await withProcess { inner in
          remains.watch(inner.pid)
          inner.link(process.pid)
          process.monitor(inner.pid)
          remains.watch(inner.spawnLink { process in _ = try await process.receive() })
          let (pid, monitor) = inner.spawnMonitored { process in _ = try await process.receive() }
          remains.watch(pid)
          if round % 2 == 0 { inner.demonitor(monitor) }
          pid.exit(.killed)
          inner.send("late", after: .seconds(3600))
          return pid
        }
      }
      _ = await killed.waitForExit()
    }
  }

  @Test("processes without a server")
  func rawProcesses() async throws {
    try await withTestRuntime { test in
      let remains = Remains()
      try await start(remains)
      // What was linked to a process that ended normally lives on.
      #expect(test.runtime.processes.count == 50)
      for pid in test.runtime.processes { pid.exit(.shutdown) }
      #expect(await remains.left() == [])
      #expect(test.runtime.processes.isEmpty)
      #expect(test.clock.armedTimers == 0)
    }
  }
}
