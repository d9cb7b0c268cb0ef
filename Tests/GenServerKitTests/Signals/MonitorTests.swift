import GenServerKit
import GenServerTesting
import Testing

@Suite("Monitors", .timeLimit(.minutes(1))) struct MonitorTests {
  /// A reason that carries much.
  private struct Structured: Error, Equatable {
    var numbers = Array(0..<1000)
    var names = ["a": [1, 2], "b": []]
  }

  private struct Ends: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let watcher = try await make()
      var expected: [String] = []
      for reason in [ExitReason.normal, .shutdown, crash, .failure(Structured())] {
        let a = try await make()
        let pid = try a.own()
        try await watcher.monitor(pid)
        #expect(pid.snapshot?.monitoredBy == [try watcher.own()])
        #expect(watcher.pid?.snapshot?.monitors == [pid])
        _ = try await a.end(reason)
        expected.append("down \(pid) \(reason)")
        #expect(try await watcher.notes() == expected)
        #expect(!pid.isAlive)
        #expect(watcher.pid?.snapshot?.monitors == [])
      }
    }
  }

  @Test("LM-019, LM-029, LM-030: the end of a process is one message", arguments: SignalCase.allCases)
  func ends(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Ends()) }
  }

  private struct Dead: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (watcher, a) = (try await make(), try await make())
      let pid = try a.own()
      _ = try await a.end(crash)
      try await watcher.monitor(pid)
      #expect(try await watcher.notes() == ["down \(pid) \(ExitReason.noProcess)"])
    }
  }

  @Test("LM-020: monitoring a dead process", arguments: SignalCase.allCases)
  func dead(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Dead()) }
  }

  private struct Several: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (watcher, a) = (try await make(), try await make())
      let pid = try a.own()
      var monitors: Set<Monitor> = []
      for number in 1...3 { monitors.insert(try await watcher.monitor(pid, as: "\(number)")) }
      #expect(monitors.count == 3)
      _ = try await a.end(crash)
      #expect(try await watcher.notes() == (1...3).map { "\($0) \(pid) \(crash)" })
    }
  }

  @Test("LM-021: each of several monitors on one process brings a message", arguments: SignalCase.allCases)
  func several(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Several()) }
  }

  private struct OneWay: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (watcher, a) = (try await make(), try await make())
      let pid = try a.own()
      try await watcher.monitor(pid)
      _ = try await watcher.end(crash)
      #expect(try await a.notes() == [])
      #expect(pid.snapshot?.monitoredBy == [])
    }
  }

  @Test("LM-022: monitors are one-way", arguments: SignalCase.allCases)
  func oneWay(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(OneWay()) }
  }

  private struct Demonitored: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (watcher, a) = (try await make(), try await make())
      let pid = try a.own()
      let first = try await watcher.monitor(pid, as: "first")
      try await watcher.monitor(pid, as: "second")
      let third = try await watcher.monitor(pid, as: "third")
      try await watcher.demonitor(first)
      try await watcher.demonitor(first)
      // The end comes while the watcher is busy, so that both messages lie in its mailbox when it ends the third watch.
      try await watcher.ask { _, context in
        pid.exit(crash)
        while pid.isAlive || pid.snapshot != nil {}
        while context.snapshot.mailboxCount < 2 {}
        context.demonitor(third)
        context.demonitor(third)
      }
      #expect(try await watcher.notes() == ["second \(pid) \(crash)"])
      try await watcher.demonitor(third)
    }
  }

  @Test(
    "LM-023, LM-024, LM-025: a watch that is ended brings no message, also when that lies in the mailbox",
    arguments: SignalCase.allCases)
  func demonitored(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Demonitored()) }
  }

  private struct Oneself: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let (a, other) = (try await make(), try await make())
      let pid = try a.own()
      let monitor = try await a.monitor(pid)
      #expect(pid.snapshot?.monitors == [])
      try await a.demonitor(monitor)
      try await a.monitor(pid)
      try await other.monitor(pid)
      #expect(try await a.end(crash) == crash)
      #expect(try await other.notes().count == 1)
    }
  }

  @Test("LM-026: monitoring oneself brings nothing", arguments: SignalCase.allCases)
  func oneself(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Oneself()) }
  }

  @Test("LM-028: monitoring by name", arguments: PuppetLending.allCases)
  func byName(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let watcher = try await Puppet.ready(lending)
      let a = try await AsyncPuppet.ready(lending, name: "watched")
      let pid = try a.own()
      let address = AsyncPuppet.named("watched")
      let watch: @Sendable (inout Puppet, ServerContext<Puppet>) -> Void = { _, context in
        context.monitor(address) { .note("\($0.name ?? "") \($0.pid.isAlive) \($0.reason)") }
      }
      try await watcher.ask(watch)
      _ = try await a.end(crash)
      try await watcher.ask(watch)
      #expect(
        try await watcher.notes() == ["watched false \(crash)", "watched false \(ExitReason.noProcess)"])
      #expect(!pid.isAlive)
    }
  }

  @Test("a storm of watches leaves none behind")
  func storm() async throws {
    try await withTestRuntime { _ in
      let target = try await Puppet.ready(.never)
      let pid = try target.own()
      var watchers: [ServerRef<AsyncPuppet>] = []
      for _ in 1...20 { watchers.append(try await AsyncPuppet.ready(.never)) }
      for watcher in watchers {
        watcher.tell { _, context in
          // Threads meet at the lock of the target.
          for round in 1...500 {
            let monitor = context.monitor(pid) { .note("down \($0.reason)") }
            if round < 500 { context.demonitor(monitor) }
          }
        }
      }
      for watcher in watchers { #expect(try await watcher.notes() == []) }
      #expect(pid.snapshot?.monitoredBy.count == 20)
      _ = try await target.end(.shutdown)
      for watcher in watchers { #expect(try await watcher.notes() == ["down shutdown"]) }
    }
  }
}
