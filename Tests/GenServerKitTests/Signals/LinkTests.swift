import GenServerKit
import GenServerTesting
import Testing

@Suite("Links", .timeLimit(.minutes(1))) struct LinkTests {
  private struct AbnormalEnd: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      for reason in [crash, .shutdown, .shutdownBecause("moving"), .killed] {
        let (a, b) = (try await make(), try await make())
        let pid = try b.own()
        try await a.link(b)
        #expect(pid.snapshot?.links == [try a.own()])
        #expect(try await a.end(reason) == reason)
        #expect(await pid.waitForExit() == reason)
      }
    }
  }

  @Test("LM-001, LM-003: an abnormal end and a shutdown propagate over a link", arguments: SignalCase.allCases)
  func abnormalEnd(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(AbnormalEnd()) }
  }

  private struct ByReference: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, b) = (try await make(), try await make())
      try b.register("b")
      for other in [b, Server.named("b")] {
        try await a.ask { _, context in context.link(other) }
        #expect(a.pid?.snapshot?.links == [try b.own()])
        try await a.ask { _, context in context.unlink(other) }
        #expect(a.pid?.snapshot?.links == [])
      }
      try await withProcess { process async throws in
        for other in [b, Server.named("b")] {
          process.link(other)
          #expect(process.snapshot.links == [try b.own()])
          process.unlink(other)
          #expect(process.snapshot.links == [])
        }
        process.unlink(Server.named("nobody"))
        process.trapExits()
        process.link(Server.named("nobody"))
        #expect(try await process.receive(Exit.self).reason == .noProcess)
      }
    }
  }

  @Test("links to servers, by pid and by name", arguments: SignalCase.allCases)
  func byReference(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(ByReference()) }
  }

  private struct NormalEnd: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, b) = (try await make(), try await make())
      try await a.link(b)
      #expect(try await a.end(.normal) == .normal)
      #expect(try await b.notes() == [])
      #expect(b.pid?.snapshot?.links == [])
    }
  }

  @Test("LM-002: a normal end does not propagate", arguments: SignalCase.allCases)
  func normalEnd(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(NormalEnd()) }
  }

  private struct Trapped: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let b = try await make()
      try await b.trapExits()
      var expected: [String] = []
      for reason in [ExitReason.normal, .shutdown, crash] {
        let a = try await make()
        expected.append("exit \(try a.own()) \(reason)")
        try await b.link(a)
        _ = try await a.end(reason)
      }
      #expect(try await b.notes() == expected)
    }
  }

  @Test("LM-004: trapping turns exit signals into messages", arguments: SignalCase.allCases)
  func trapped(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Trapped()) }
  }

  private struct Chain: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, b, c) = (try await make(), try await make(), try await make())
      let pids = [try b.own(), try c.own()]
      try await a.link(b)
      try await b.link(c)
      _ = try await a.end(crash)
      for pid in pids { #expect(await pid.waitForExit() == crash) }
    }
  }

  @Test("LM-005: an exit propagates through a chain", arguments: SignalCase.allCases)
  func chain(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Chain()) }
  }

  private struct Twice: SignalCheck {
    let unlinks: Bool

    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, b) = (try await make(), try await make())
      try await b.trapExits()
      let pid = try a.own()
      try await a.link(b)
      try await b.link(a)
      if unlinks { try await b.unlink(a) }
      _ = try await a.end(crash)
      #expect(try await b.notes() == (unlinks ? [] : ["exit \(pid) \(crash)"]))
    }
  }

  @Test("LM-006: linking twice makes one link", arguments: SignalCase.allCases, [false, true])
  func twice(_ kind: SignalCase, unlinks: Bool) async throws {
    try await withTestRuntime { _ in try await kind.run(Twice(unlinks: unlinks)) }
  }

  private struct ToItself: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, other) = (try await make(), try await make())
      try await a.link(a)
      #expect(a.pid?.snapshot?.links == [])
      let pid = try a.own()
      try await other.monitor(pid)
      #expect(try await a.end(crash) == crash)
      #expect(try await other.notes() == ["down \(pid) \(crash)"])
    }
  }

  @Test("LM-007: a link to oneself has no effect", arguments: SignalCase.allCases)
  func toItself(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(ToItself()) }
  }

  private struct EitherSide: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, b) = (try await make(), try await make())
      let pids = (try a.own(), try b.own())
      try await a.link(b)
      try await b.unlink(a)
      #expect(pids.0.snapshot?.links == [])
      #expect(pids.1.snapshot?.links == [])
      _ = try await a.end(crash)
      #expect(try await b.notes() == [])
      // Again, and with nothing there: no effect.
      try await b.unlink(pids.0)
      #expect(b.isAlive)
    }
  }

  @Test("LM-008, LM-018: either side may unlink, and unlinking a dead one does nothing", arguments: SignalCase.allCases)
  func eitherSide(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(EitherSide()) }
  }

  private struct ToADeadOne: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (dead, trapping, other) = (try await make(), try await make(), try await make())
      let pids = (try dead.own(), try other.own())
      _ = try await dead.end(crash)
      try await trapping.trapExits()
      try await trapping.link(pids.0)
      #expect(try await trapping.notes() == ["exit \(pids.0) \(ExitReason.noProcess)"])
      other.tell { _, context in context.link(pids.0) }
      #expect(await pids.1.waitForExit() == .noProcess)
    }
  }

  @Test("LM-009: a link to a dead process is an exit signal", arguments: SignalCase.allCases)
  func toADeadOne(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(ToADeadOne()) }
  }

  private struct MessageFirst: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let b = try await make()
      try await b.trapExits()
      for round in 1...20 {
        let a = try await make()
        let pid = try a.own()
        try await b.link(a)
        try await b.monitor(pid)
        let end = Task.immediate { await pid.waitForExit() }
        a.tell { _, _ in
          b.send(Server.note("message \(round)"))
          throw crash
        }
        _ = await end.value
      }
      let notes = try await b.notes()
      #expect(notes.count == 60)
      for round in 1...20 {
        let part = notes[(3 * (round - 1))..<(3 * round)]
        #expect(part.first == "message \(round)")
        #expect(Set(part.dropFirst().map { $0.prefix(4) }) == ["exit", "down"])
      }
    }
  }

  @Test("LM-032: messages arrive before the sender's exit", arguments: SignalCase.allCases)
  func messageFirst(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(MessageFirst()) }
  }

  @Test("a link that both sides make and break at once is there on both sides or on none")
  func storm() async throws {
    try await withTestRuntime { _ in
      let (a, b) = (try await Puppet.ready(.never), try await Puppet.ready(.never))
      let pids = (try a.own(), try b.own())
      // Threads meet between the locks of the two.
      for _ in 1...300 {
        a.tell { _, context in
          for _ in 1...5 {
            context.link(pids.1)
            context.unlink(pids.1)
          }
          context.link(pids.1)
        }
        b.tell { _, context in
          for _ in 1...5 {
            context.link(pids.0)
            context.unlink(pids.0)
          }
        }
        _ = try await (a.notes(), b.notes())
        #expect((pids.0.snapshot?.links == [pids.1]) == (pids.1.snapshot?.links == [pids.0]))
      }
    }
  }

  @Test("ten thousand links to one process that ends")
  func many() async throws {
    try await withTestRuntime { _ in
      let hub = try await Puppet.ready(.never)
      let pid = try hub.own()
      var others: [PID] = []
      for _ in 1...10_000 {
        let other = try await Puppet.start()
        others.append(try other.own())
      }
      let all = others
      try await hub.ask { _, context in for other in all { context.link(other) } }
      #expect(pid.snapshot?.links == all)
      _ = try await hub.end(crash)
      for other in all { #expect(await other.waitForExit() == crash) }
    }
  }
}
