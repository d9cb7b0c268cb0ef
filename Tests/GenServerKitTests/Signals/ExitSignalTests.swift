import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Exit signals", .timeLimit(.minutes(1))) struct ExitSignalTests {
  private struct FromOthers: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, b) = (try await make(), try await make())
      let pids = (try a.own(), try b.own())
      try await a.ask { _, _ in pids.1.exit(.normal) }
      #expect(try await b.notes() == [])
      try await a.ask { _, _ in pids.1.exit(crash) }
      #expect(await pids.1.waitForExit() == crash)
      // A dead one takes no harm, nor does who sends to it.
      try await a.ask { _, _ in pids.1.exit(.shutdown) }
      #expect(await pids.1.waitForExit() == crash)
      #expect(pids.0.isAlive)
    }
  }

  @Test(
    "LM-011, LM-012, LM-018: an exit signal ends a process that does not trap, and normal does not",
    arguments: SignalCase.allCases)
  func fromOthers(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(FromOthers()) }
  }

  private struct ByReference: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, b) = (try await make(), try await make())
      try a.register("target")
      let named = Server.named("target")
      named.exit(.normal)
      #expect(try await a.notes() == [])
      try await a.trapExits()
      try await b.ask { _, _ in named.exit(crash) }
      #expect(try await a.notes() == ["exit \(try b.own()) \(crash)"])
      a.exit(.killed)
      #expect(await a.waitForExit() == .killed)
      // Nobody is meant any more.
      named.exit(.killed)
      a.exit(.shutdown)
      #expect(await a.waitForExit() == .killed)
      #expect(b.isAlive)
    }
  }

  @Test("an exit signal by reference, to a pid or to who holds the name", arguments: SignalCase.allCases)
  func byReference(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(ByReference()) }
  }

  private struct ToItself: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let a = try await make()
      let pid = try a.own()
      a.tell { _, context in context.pid.exit(.normal) }
      #expect(await pid.waitForExit() == .normal)

      let b = try await make()
      let other = try b.own()
      try await b.trapExits()
      for reason in [ExitReason.normal, .shutdown, crash] {
        try await b.ask { _, context in context.pid.exit(reason) }
      }
      let notes = [ExitReason.normal, .shutdown, crash].map { "exit \(other) \($0)" }
      #expect(try await b.notes() == notes)
    }
  }

  @Test("LM-013, LM-014: an exit signal to oneself", arguments: SignalCase.allCases)
  func toItself(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(ToItself()) }
  }

  private struct Kill: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, trapping, peer, watcher) = (try await make(), try await make(), try await make(), try await make())
      let pids = (try a.own(), try peer.own())
      try await a.trapExits()
      try await trapping.trapExits()
      try await trapping.link(a)
      try await peer.link(a)
      try await watcher.monitor(pids.0)
      #expect(await pids.0.end(by: .killed) == .killed)
      #expect(try await trapping.notes() == ["exit \(pids.0) killed"])
      #expect(await pids.1.waitForExit() == .killed)
      #expect(try await watcher.notes() == ["down \(pids.0) killed"])
    }
  }

  @Test("LM-015, LM-016: a kill cannot be trapped, and peers see killed", arguments: SignalCase.allCases)
  func kill(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Kill()) }
  }

  private struct FirstReason: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let a = try await make()
      let pid = try a.own()
      a.tell { _, _ in
        pid.exit(crash)
        pid.exit(.shutdown)
        pid.exit(.killed)
      }
      #expect(await pid.waitForExit() == crash)
    }
  }

  @Test("LM-017: the first exit reason wins", arguments: SignalCase.allCases)
  func firstReason(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(FirstReason()) }
  }

  private struct Switched: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let a = try await make()
      let pid = try a.own()
      #expect(try await a.trapExits() == false)
      #expect(try await a.trapExits() == true)
      #expect(pid.snapshot?.trapsExits == true)
      pid.exit(.shutdown)
      #expect(try await a.notes() == ["exit \(pid) shutdown"])
      #expect(try await a.ask { _, context in context.stopTrappingExits() } == true)
      #expect(try await a.ask { _, context in context.stopTrappingExits() } == false)
      pid.exit(.shutdown)
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test("LM-033: trapping is switched on and off, and tells how it was", arguments: SignalCase.allCases)
  func switched(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Switched()) }
  }

  @Test("the effect of each signal")
  func effects() {
    for isOwn in [false, true] {
      for reason in [ExitReason.normal, .shutdown, .killed, crash] {
        let kill = ExitSignal.effect(of: reason, isKill: true, isTrapped: true, isOwn: isOwn)
        let trapped = ExitSignal.effect(of: reason, isKill: false, isTrapped: true, isOwn: isOwn)
        let other = ExitSignal.effect(of: reason, isKill: false, isTrapped: false, isOwn: isOwn)
        #expect(kill == .end)
        #expect(trapped == .message)
        #expect(other == (reason == .normal && !isOwn ? .ignored : .end))
      }
    }
  }
}
