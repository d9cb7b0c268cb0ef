import GenServerKit
import GenServerTesting
import Testing

@Suite("Information about processes", .timeLimit(.minutes(1))) struct InformationTests {
  private struct Everything: SignalCheck {
    let runtime: Runtime

    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let linked = try await make()
      let watched = try await make()
      let watcher = try await make()
      let pid = try server.own()
      try await server.link(linked)
      try await server.monitor(watched.own())
      try await watcher.monitor(pid)
      try await server.trapExits()
      await eventually { pid.core.isIdle }

      let snapshot = try #require(pid.snapshot)
      #expect(snapshot.pid == pid)
      #expect(snapshot.name == nil)
      #expect(snapshot.type == "\(Server.self)")
      #expect(snapshot.origin == nil)
      #expect(snapshot.status == .waiting)
      #expect(snapshot.handling == nil)
      #expect(snapshot.waitsFor == nil)
      #expect(snapshot.links == [try linked.own()])
      #expect(snapshot.monitors == [try watched.own()])
      #expect(snapshot.monitoredBy == [try watcher.own()])
      #expect(snapshot.mailboxCount == 0)
      #expect(snapshot.abandonedRequests == 0)
      #expect(snapshot.trapsExits)
      #expect(runtime.processes.contains(pid))
      #expect(try linked.own().snapshot?.trapsExits == false)

      _ = try await server.end(.normal)
      #expect(pid.snapshot == nil)
      #expect(!runtime.processes.contains(pid))
    }
  }

  @Test("PROC-010: what is told of a living server, and nothing of one that has ended", arguments: SignalCase.allCases)
  func servers(_ kind: SignalCase) async throws {
    try await withTestRuntime { test in try await kind.run(Everything(runtime: test.runtime)) }
  }

  @Test("PROC-010: a registered server, and how many messages wait for it", arguments: [1, 10])
  func registered(_ count: Int) async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never, name: "registered")
      let gate = await server.hold()
      for number in 1...count { server.send(.note("\(number)")) }
      let snapshot = try #require(Puppet.named("registered").pid?.snapshot)
      #expect(snapshot.name == "registered")
      #expect(snapshot.status == .running)
      #expect(snapshot.handling == nil)
      #expect(snapshot.mailboxCount == count)
      gate.open()
      #expect(try await server.notes() == (1...count).map { "\($0)" })
    }
  }

  @Test("PROC-010: a raw process, where it was started, what it does, and nothing of it afterwards")
  func rawProcess() async throws {
    try await withTestRuntime { _ in
      let gate = PuppetGate()
      let busy = PuppetGate()
      let pid = spawn { process in
        process.trapExits()
        try process.register("raw")
        busy.block()
        await gate.stand()
        _ = try await process.receive(String.self)
      }
      let line = #line - 7
      await busy.reached.value()
      pid.send(1)
      var snapshot = try #require(pid.snapshot)
      #expect(snapshot.type == "process")
      #expect(snapshot.origin == "GenServerKitTests/InformationTests.swift:\(line)")
      #expect(snapshot.name == "raw")
      #expect(snapshot.trapsExits)
      #expect(snapshot.status == .running)
      #expect(snapshot.mailboxCount == 1)
      busy.open()
      await gate.reached.value()
      await eventually { pid.snapshot?.status != .running }
      snapshot = try #require(pid.snapshot)
      #expect(snapshot.status == .awaiting)
      #expect(snapshot.handling == nil)
      gate.open()
      await eventually { pid.snapshot?.status != .awaiting }
      snapshot = try #require(pid.snapshot)
      #expect(snapshot.status == .waiting)
      #expect(snapshot.mailboxCount == 1)
      pid.send("end")
      #expect(await pid.waitForExit() == .normal)
      #expect(pid.snapshot == nil)
    }
  }

  @Test("PROC-010: a process that a task was made into")
  func processOfTask() async throws {
    try await withTestRuntime { test in
      let pid = PuppetPromise<PID>()
      let task = Task {
        try await withProcess { process async throws in
          #expect(process.snapshot.status == .running)
          #expect(process.snapshot.origin?.contains("InformationTests.swift") == true)
          pid.fulfil(process.pid)
          _ = try await process.receive()
        }
      }
      let own = await pid.value()
      await eventually { own.snapshot?.status != .running }
      #expect(own.snapshot?.status == .waiting)
      own.send("end")
      try await task.value
      #expect(own.snapshot == nil)
    }
  }

  enum Stop: CaseIterable {
    case initialize, call, cast, info, step, terminate

    var handler: ProcessSnapshot.Handling.Handler {
      switch self {
      case .initialize: .initialize
      case .call: .call
      case .cast: .cast
      case .info: .info
      case .step: .continue
      case .terminate: .terminate
      }
    }

    /// Lets a station stop at the gate.
    func happens(_ gate: PuppetGate, in runtime: Runtime) async throws -> PID {
      if self == .initialize {
        let start = Task { try await Station.start(gate) }
        await gate.reached.value()
        return try #require(runtime.processes.first, "\(start)")
      }
      let station = try await Station.start(nil)
      switch self {
      case .initialize: break
      case .call: _ = station.sendRequest { .stop(gate, $0) }
      case .cast: station.cast(.stop(gate))
      case .info: station.send(.stop(gate))
      case .step: station.cast(.proceed(gate))
      case .terminate: station.cast(.end(gate))
      }
      await gate.reached.value()
      return try #require(station.pid)
    }
  }

  @Test("PROC-010: which async handler waits, and since when", arguments: Stop.allCases)
  func handling(_ stop: Stop) async throws {
    try await withTestRuntime { test in
      let gate = PuppetGate()
      let begin = test.clock.now
      let pid = try await stop.happens(gate, in: test.runtime)
      await eventually { pid.snapshot?.status != .running }
      await test.clock.advance(by: .seconds(10))
      let snapshot = try #require(pid.snapshot)
      #expect(snapshot.status == .awaiting)
      let handling = try #require(snapshot.handling)
      #expect(handling.handler == stop.handler)
      let since = try #require(handling.since)
      #expect(abs(since.duration(to: begin) / .microseconds(1)) < 2)
      gate.open()
    }
  }

  @Test("PROC-010: a later handler of one run is told from the first, and so is what waits behind it")
  func laterHandler() async throws {
    try await withTestRuntime { test in
      let station = try await Station.start(nil)
      let pid = try #require(station.pid)
      let gates = (0..<4).map { _ in PuppetGate() }
      station.cast(.stop(gates[0]))
      await gates[0].reached.value()
      // These are taken out of the mailbox together.
      for gate in gates[1...] { station.send(.stop(gate)) }
      await eventually { pid.snapshot?.status != .running }
      #expect(pid.snapshot?.mailboxCount == 3)
      #expect(pid.snapshot?.handling?.handler == .cast)
      await test.clock.advance(by: .seconds(10))
      let second = test.clock.now
      gates[0].open()
      await gates[1].reached.value()
      await test.clock.advance(by: .seconds(10))
      let snapshot = try #require(pid.snapshot)
      #expect(snapshot.status == .awaiting)
      #expect(snapshot.handling?.handler == .info)
      let since = try #require(snapshot.handling?.since)
      #expect(abs(since.duration(to: second) / .microseconds(1)) < 2)
      #expect(snapshot.mailboxCount == 2)
      gates[1].open()
      await gates[2].reached.value()
      #expect(pid.snapshot?.mailboxCount == 1)
      gates[2].open()
      gates[3].open()
      try await station.stop()
    }
  }

  private struct Suspended: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let pid = try server.own()
      try await Sys.suspend(server)
      #expect(pid.snapshot?.status == .suspended)
      server.send(Server.note("waits"))
      #expect(pid.snapshot?.mailboxCount == 1)
      #expect(pid.snapshot?.status == .suspended)
      try await Sys.resume(server)
      #expect(try await server.notes() == ["waits"])
      await eventually { pid.core.isIdle }
      #expect(pid.snapshot?.status == .waiting)
      #expect(pid.snapshot?.mailboxCount == 0)
    }
  }

  @Test("PROC-010: a suspended server", arguments: SignalCase.allCases)
  func suspended(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Suspended()) }
  }

  @Test("PROC-010: a server that is suspended with messages that it had taken out of its mailbox")
  func suspendedInTheMiddle() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      let pid = try server.own()
      let gate = await server.hold()
      let suspended = Task.immediate { try await Sys.suspend(server) }
      for number in 1...3 { server.send(.note("\(number)")) }
      gate.open()
      try await suspended.value
      await eventually { pid.core.isIdle }
      #expect(pid.snapshot?.status == .suspended)
      #expect(pid.snapshot?.mailboxCount == 3)
      try await Sys.resume(server)
      #expect(try await server.notes() == ["1", "2", "3"])
    }
  }

  @Test("PROC-010: a server that has been told to exit while its handler runs")
  func exiting() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      let pid = try server.own()
      let gate = await server.hold()
      pid.exit(.shutdown)
      #expect(pid.snapshot?.status == .exiting)
      gate.open()
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test("PROC-010: requests that were left out because their callers had given up", arguments: [1, 3])
  func abandoned(_ count: Int) async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      let pid = try server.own()
      let gate = await server.hold()
      for _ in 1...count {
        await #expect(throws: CallError.timeout()) { try await server.ask(timeout: .milliseconds(0)) { _, _ in 0 } }
      }
      gate.open()
      _ = try await server.notes()
      #expect(pid.snapshot?.abandonedRequests == count)
    }
  }

  @Test("PROC-010: for whom a process waits in a call")
  func waitsFor() async throws {
    try await withTestRuntime { _ in
      let busy = try await Puppet.ready(.never)
      let gate = await busy.hold()
      let caller = try await AsyncPuppet.start()
      caller.tellAsync { _, _ in _ = try await busy.notes() }
      let pid = try caller.own()
      await eventually { pid.snapshot?.waitsFor != nil }
      #expect(pid.snapshot?.waitsFor == (try busy.own()))
      #expect(try busy.own().snapshot?.waitsFor == nil)
      gate.open()
      _ = try await caller.notes()
      #expect(pid.snapshot?.waitsFor == nil)
    }
  }
}
