import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Storms of signals", .timeLimit(.minutes(5))) struct SignalStormTests {
  private func expectAgreement<Server: PuppetShow>(_: Server.Type, seed: Int) async throws {
    try await withTestRuntime { _ in
      let count = 12
      var started: [ServerRef<Server>] = []
      for _ in 1...count { started.append(try await Server.ready(.never)) }
      let servers = started
      let pids = try servers.map { try $0.own() }
      await withTaskGroup { group in
        for sender in 0..<8 {
          group.addTask {
            var random = PartsRandom(seed: UInt64(100 * seed + sender))
            // Threads meet between the locks of the two that are linked.
            for _ in 1...400 {
              let peer = pids[Int.random(in: 0..<count, using: &random)]
              let links = Int.random(in: 0..<8, using: &random) == 0
              servers[Int.random(in: 0..<count, using: &random)].tell { _, context in
                if links { context.link(peer) } else { context.unlink(peer) }
              }
            }
          }
        }
      }
      for server in servers { _ = try await server.notes() }
      var links: [PID: [PID]] = [:]
      for pid in pids { links[pid] = try #require(pid.snapshot?.links) }
      for pid in pids {
        let own = links[pid] ?? []
        #expect(Set(own).count == own.count && !own.contains(pid))
        for other in pids { #expect(own.contains(other) == (links[other] ?? []).contains(pid)) }
      }
      // The end of one ends those to whom a way over links leads, and nobody else.
      var reached: Set<PID> = []
      var next = [pids[0]]
      while let pid = next.popLast() {
        if reached.insert(pid).inserted { next += links[pid] ?? [] }
      }
      pids[0].exit(crash)
      for pid in reached { #expect(await pid.waitForExit() == crash) }
      for server in servers where !reached.contains(try server.own()) { #expect(try await server.notes() == []) }
    }
  }

  @Test("links that many make and break at once are there on both sides or on none", arguments: 1...4)
  func links(seed: Int) async throws {
    try await expectAgreement(Puppet.self, seed: seed)
    try await expectAgreement(AsyncPuppet.self, seed: seed)
  }

  private func expectOneExitEach<Server: PuppetShow>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      let reasons = (1...3).map { ExitReason.failure(PuppetError("\($0)")) }
      for _ in 1...20 {
        let watcher = try await Server.ready(.never)
        try await watcher.trapExits()
        var pids: [PID] = []
        for _ in 1...9 {
          let server = try await Server.ready(.never)
          let others = pids
          try await server.ask { _, context in for other in others { context.link(other) } }
          try await watcher.link(server)
          pids.append(try server.own())
        }
        let all = pids
        await onThreads(3) { all[3 * $0].exit(reasons[$0]) }
        var expected: Set<String> = []
        for pid in pids {
          let reason = await pid.waitForExit()
          #expect(reasons.contains(reason))
          expected.insert("exit \(pid) \(reason)")
        }
        let notes = try await watcher.notes(9)
        #expect(notes.count == 9 && Set(notes) == expected)
        #expect(test.runtime.processes == [try watcher.own()])
        try await watcher.stop()
      }
    }
  }

  @Test("linked processes that end at the same time for several reasons each tell of their end once")
  func mesh() async throws {
    try await expectOneExitEach(Puppet.self)
    try await expectOneExitEach(AsyncPuppet.self)
  }

  private func expectAllHear(_ count: Int) async throws {
    try await withTestRuntime { test in
      let hub = try await Puppet.ready(.never)
      let pid = try hub.own()
      var trapping: [ServerRef<Puppet>] = []
      var others: [PID] = []
      for number in 0..<count {
        let partner = try await Puppet.start(options: [.callsInPlace(.always)])
        if number % 10 == 0 {
          try await partner.trapExits()
          trapping.append(partner)
        } else {
          others.append(try partner.own())
        }
        try await partner.link(pid)
      }
      pid.exit(crash)
      for other in others { #expect(await other.waitForExit() == crash) }
      for partner in trapping { #expect(try await partner.notes(1) == ["exit \(pid) \(crash)"]) }
      #expect(test.runtime.processes.count == trapping.count)
      for partner in trapping { #expect(partner.pid?.snapshot?.links == []) }
    }
  }

  @Test("a thousand partners hear of one end")
  func thousandPartners() async throws { try await expectAllHear(1000) }

  @Test("a hundred thousand partners hear of one end", .tags(.stress), .enabled(if: isStressEnabled))
  func hundredThousandPartners() async throws { try await expectAllHear(100_000) }

  private func expectOneDownEach<Server: PuppetShow>(_: Server.Type) async throws {
    try await withTestRuntime { test in
      for round in 1...20 {
        let pid = try await Server.ready(.never).own()
        var watchers: [ServerRef<Server>] = []
        for _ in 1...6 { watchers.append(try await Server.ready(.never)) }
        for (number, watcher) in watchers.enumerated() {
          watcher.tell { _, context in
            var ended: [Monitor] = []
            // The end comes from another thread in the middle of this.
            for watch in 1...100 {
              let monitor = context.monitor(pid) { Server.note("\(watch) \($0.reason)") }
              if watch % 2 == 0 { context.demonitor(monitor) }
              if watch % 3 == 0 { ended.append(monitor) }
              if number == 0, watch == 4 * round { pid.exit(crash) }
            }
            for monitor in ended { context.demonitor(monitor) }
          }
        }
        #expect(await pid.waitForExit() == crash)
        let expected = (1...100).filter { $0 % 2 != 0 && $0 % 3 != 0 }.map { "\($0)" }
        for watcher in watchers {
          let notes = try await watcher.notes(expected.count)
          let reasons = Set(notes.map { $0.split(separator: " ", maxSplits: 1).last.map(String.init) })
          #expect(reasons.isSubset(of: ["\(crash)", "\(ExitReason.noProcess)"]))
          #expect(notes.compactMap { $0.split(separator: " ").first.map(String.init) }.sorted() == expected.sorted())
          #expect(watcher.pid?.snapshot?.monitors == [])
          try await watcher.stop()
        }
        #expect(test.runtime.processes.isEmpty)
      }
    }
  }

  @Test("each watch brings one message while its process ends, and none after demonitor")
  func monitors() async throws {
    try await expectOneDownEach(Puppet.self)
    try await expectOneDownEach(AsyncPuppet.self)
  }

  private func expectOneReason<Server: PuppetShow>(_: Server.Type, _ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let watcher = try await Server.ready(.never)
      try await watcher.trapExits()
      for round in 1...40 {
        let server = try await Server.ready(lending)
        let pid = try server.own()
        try await watcher.link(pid)
        try await watcher.monitor(pid)
        if round % 2 == 0 { try await server.trapExits() }
        let reasons = [ExitReason.shutdown, crash, .killed, .shutdownBecause("moving")]
        async let stop = callError { try await server.stop(.shutdownBecause("stopped")) }
        await onThreads(4) { pid.exit(reasons[$0]) }
        let reason = await pid.waitForExit()
        #expect((reasons + [.shutdownBecause("stopped")]).contains(reason))
        let error = await stop
        #expect(error == (reason == .shutdownBecause("stopped") ? nil : .exit(reason)) || error == .noProcess())
        let notes = try await watcher.notes(2 * round).suffix(2)
        #expect(Set(notes) == ["exit \(pid) \(reason)", "down \(pid) \(reason)"])
      }
      #expect(try await watcher.notes().count == 80)
      #expect(test.runtime.processes == [try watcher.own()])
    }
  }

  @Test(
    "exit signals from many threads and a stop at once give one reason, which all see",
    arguments: PuppetLending.allCases)
  func reasons(lending: PuppetLending) async throws {
    try await expectOneReason(Puppet.self, lending)
    try await expectOneReason(AsyncPuppet.self, lending)
  }

  @Test(
    "a handler that ignores its cancellation meets exit signals from many threads",
    arguments: Setup.byPID)
  func stubborn(setup: Setup) async throws {
    try await withTestRuntime { test in
      let reasons = [.killed, .shutdown] + (1...6).map { ExitReason.failure(PuppetError("\($0)")) }
      let watcher = try await Puppet.ready(.never)
      for round in 1...20 {
        let gate = Gate()
        let pid = try await setup.startStubborn(gate)
        await gate.waitUntilReached()
        try await watcher.monitor(pid)
        await onThreads(8) { pid.exit(reasons[$0]) }
        #expect(pid.isAlive)
        gate.open()
        let reason = await pid.waitForExit()
        #expect(reasons.contains(reason))
        #expect(try await watcher.notes(round).last == "down \(pid) \(reason)")
      }
      await eventually { test.clock.armedTimers == 0 }
      #expect(test.runtime.processes == [try watcher.own()])
    }
  }

  @Test("no exit signal ends a process over a link once unlink has returned")
  func unlinked() async throws {
    try await withTestRuntime { _ in
      let journal = PuppetJournal()
      var server = try await Puppet.ready(.never)
      // The end of the other one is a single step, in the middle of which this thread comes.
      for round in 1...400 {
        let pid = try await Puppet.start(options: [.callsInPlace(.never)]).own()
        do {
          try await server.link(pid)
        } catch {
          // It was hit before it had unlinked.
          server = try await Puppet.ready(.never)
          try await server.link(pid)
        }
        server.tell { _, context in
          // Held on this thread: a wait that is told would come too late.
          while pid.isAlive {}
          for _ in 0..<(round % 50) where !pid.core.isClosed {}
          context.unlink(pid)
          let wasExiting = context.isExiting
          for _ in 0..<2000 where context.isExiting != wasExiting {
            journal.write("\(round)")
            return
          }
        }
        pid.exit(crash)
        _ = await pid.waitForExit()
      }
      #expect(journal.lines == [])
    }
  }
}
