import Dispatch
import GenServerKit
import GenServerTesting
import Testing

@Suite("Start and stop from many threads", .timeLimit(.minutes(5))) struct StartAndStopTests {
  private static let lendings: [StartOption.CallsInPlace] = [.never, .whenFast, .always]

  @Test("one name has one holder at a time", arguments: lendings)
  func oneName(_ lending: StartOption.CallsInPlace) async throws {
    try await contend(PlainLoopServer.self, LoopPlan(), lending)
    try await contend(AsyncLoopServer.self, LoopPlan(), lending)
    try await contend(AsyncLoopServer.self, LoopPlan(suspends: true), lending)
  }

  private func contend<Server: LoopServer>(
    _: Server.Type, _ plan: LoopPlan, _ lending: StartOption.CallsInPlace
  ) async throws {
    try await withTestRuntime { test in
      let holders = Tally()
      let starts = Tally()
      try await withThrowingTaskGroup { group in
        for task in 1...8 {
          group.addTask {
            for round in 1...25 {
              let server: ServerRef<Server>
              do throws(StartError) {
                server = try await Server.start(plan, name: "one", options: [.callsInPlace(lending)])
              } catch {
                guard case .alreadyStarted = error else { throw error }
                continue
              }
              holders.add()
              starts.add()
              #expect(holders.count == 1)
              #expect(try await server.ask { .follow(Order("\(task) \(round)"), $0) } == ["\(task) \(round)"])
              holders.add(-1)
              try await server.stop()
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(starts.count > 0)
      #expect(Server.whereis("one") == nil)
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("threads that cast to servers that end lose nothing but what comes too late", arguments: Setup.everyLending)
  func castsToEndingServers(_ setup: Setup) async throws {
    try await withTestRuntime { test in
      let enqueued = Tally()
      let plan = LoopPlan()
      var servers: [RunningLoop] = []
      for number in 1...30 { servers.append(try await setup.startLoop(plan, name: "\(number)")) }
      let ended = Signal()
      let targets = servers
      DispatchQueue.global().async {
        DispatchQueue.concurrentPerform(iterations: 4) { sender in
          for round in 1...20 {
            for server in targets {
              switch server.address.cast(Order("\(sender) \(round)")) {
              case .enqueued: enqueued.add()
              case .noProcess: break
              case let other: Issue.record("a cast was \(other)")
              }
            }
          }
        }
        ended.send()
      }
      for server in servers { try await server.stop() }
      await ended.wait()
      // A stop waits its turn, and what came behind it was enqueued for nobody.
      #expect(plan.handled.lines.count <= enqueued.count)
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("many who stop one server all learn that it has ended", arguments: Setup.everyLending)
  func manyStops(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      for round in 1...10 {
        let journal = Journal()
        let server = try await setup.startLoop(LoopPlan(journal: journal), name: "\(round)")
        let ends = try await withThrowingTaskGroup(of: CallError?.self) { group in
          for _ in 1...8 {
            group.addTask { await callError { try await server.stop() } }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.contains(nil))
        #expect(ends.allSatisfy { $0 == nil || $0 == .noProcess() })
        #expect(journal.lines.count == 1)
      }
    }
  }

  @Test("stop, crash and kill at once end a server for one reason, which all see", arguments: Setup.everyLending)
  func manyEnds(_ setup: Setup) async throws {
    try await withTestRuntime { _ in
      for round in 1...20 {
        let journal = Journal()
        let server = try await setup.startLoop(LoopPlan(journal: journal), name: "\(round)")
        let failing = Order("", ending: .fail(ProbeError("crash")))
        async let stop = callError { try await server.stop(.shutdown) }
        async let crash = callError { _ = try await server.follow(failing) }
        async let kill: Void = server.pid.exit(.killed)
        let ends = await [stop, crash]
        await kill
        let reason = await server.pid.waitForExit()
        #expect([.shutdown, .failure(ProbeError("crash")), .killed].contains(reason))
        #expect(ends[0] == (reason == .shutdown ? nil : .exit(reason)) || ends[0] == .noProcess())
        #expect([.exit(reason), .noProcess()].contains(ends[1]))
        #expect(journal.lines.count <= 1)
      }
    }
  }
}
