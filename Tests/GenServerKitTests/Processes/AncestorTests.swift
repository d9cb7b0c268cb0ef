import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Ancestors", .timeLimit(.minutes(1))) struct AncestorTests {
  /// The ways in which an async handler starts something.
  enum Start: CaseIterable {
    case start, startLink, startAtOnce, withServer, spawn, spawnLink, spawnAcknowledged, spawnLinkAcknowledged
    case withProcess

    /// What the innermost process knows of its ancestors.
    func happens(_ context: ServerContext<AsyncPuppet>) async throws -> ProcessSnapshot {
      let seen = PuppetPromise<ProcessSnapshot>()
      switch self {
      case .start: return try await AsyncPuppet.start(timeout: .seconds(5)).ask { $1.snapshot }
      case .startLink: return try await AsyncPuppet.startLink().ask { $1.snapshot }
      case .startAtOnce: return try await Puppet.start().ask { $1.snapshot }
      case .withServer:
        return try await GenServerKit.withServer(Puppet.self) { try await $0.ask { $1.snapshot } }
      case .spawn: GenServerKit.spawn { seen.fulfil($0.snapshot) }
      case .spawnLink: context.spawnLink { seen.fulfil($0.snapshot) }
      case .spawnAcknowledged:
        return try await GenServerKit.spawn(waitingFor: ProcessSnapshot.self) { $1($0.snapshot) }.value
      case .spawnLinkAcknowledged:
        return try await context.spawnLink(waitingFor: ProcessSnapshot.self) { $1($0.snapshot) }.value
      case .withProcess: return await GenServerKit.withProcess { $0.snapshot }
      }
      return await seen.value()
    }
  }

  @Test("PROC-008: parent and grandparent in that order, by name where there is one", arguments: Start.allCases)
  func asyncHandlers(_ start: Start) async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        try process.register("grandparent")
        let parent = try await AsyncPuppet.startLink()
        let snapshot = try await parent.askAsync { _, context in try await start.happens(context) }
        #expect(snapshot.ancestors.map(\.description) == ["\(try parent.own())", "grandparent"])
        #expect(snapshot.ancestors.map(\.pid) == [try parent.own(), process.pid])
        #expect(snapshot.ancestors.map(\.name) == [nil, "grandparent"])
      }
    }
  }

  @Test("PROC-008: what a plain handler spawns, on its own thread and on a caller's", arguments: PuppetLending.allCases)
  func plainHandlers(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let parent = try await Puppet.ready(lending, name: "parent")
        for isLinked in [true, false] {
          let seen = PuppetPromise<ProcessSnapshot>()
          try await parent.ask { (_, context) -> Void in
            if isLinked { context.spawnLink { seen.fulfil($0.snapshot) } } else { spawn { seen.fulfil($0.snapshot) } }
          }
          #expect(await seen.value().ancestors.map(\.description) == ["parent", "\(process.pid)"])
        }
      }
    }
  }

  @Test("PROC-008: what a raw process starts, linked, watched and neither")
  func rawProcesses() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let own = process.pid
        let report: @Sendable (RawProcess) -> Void = { own.send($0.snapshot.ancestors.map(\.description)) }
        process.spawnLink(report)
        #expect(try await process.receive([String].self) == ["\(own)"])
        _ = process.spawnMonitored(report)
        #expect(try await process.receive([String].self) == ["\(own)"])
        spawn(report)
        #expect(try await process.receive([String].self) == ["\(own)"])
        // A name that it takes later stands for it from then on.
        try process.register("late")
        spawn(report)
        #expect(try await process.receive([String].self) == ["late"])
        let (server, _) = try await Puppet.startMonitored()
        #expect(try server.own().snapshot?.ancestors.map(\.pid) == [own])
      }
    }
  }

  @Test("outside of any process nothing is recorded, and the process has nothing to record it in")
  func outside() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      #expect(try server.own().snapshot?.ancestors == [])
      #expect(try server.own().core.relations == nil)
      let gate = PuppetGate()
      let pid = spawn { _ in await gate.stand() }
      await gate.reached.value()
      #expect(pid.snapshot?.ancestors == [])
      #expect(pid.core.relations == nil)
      gate.open()
      _ = await pid.waitForExit()
    }
  }

  @Test("sixteen are kept, the nearest ones")
  func many() async throws {
    try await withTestRuntime { _ in
      let seen = PuppetPromise<(pids: [PID], ancestors: [ProcessSnapshot.Ancestor])>()
      descend(20, [], seen)
      let (pids, ancestors) = await seen.value()
      #expect(pids.count == 20)
      #expect(ancestors.map(\.pid) == pids.reversed().prefix(16).map { $0 })
    }
  }

  private func descend(
    _ depth: Int, _ pids: [PID], _ seen: PuppetPromise<(pids: [PID], ancestors: [ProcessSnapshot.Ancestor])>
  ) {
    spawn { process in
      guard depth > 0 else { return seen.fulfil((pids, process.snapshot.ancestors)) }
      descend(depth - 1, pids + [process.pid], seen)
      // Alive until the innermost has looked.
      _ = await seen.value()
    }
  }

  @Test("an ancestor that has ended is known by its text, and its memory is free")
  func deadAncestors() async throws {
    try await withTestRuntime { _ in
      let (child, parent, text) = try await orphan()
      #expect(child.snapshot?.ancestors.map(\.description) == [text])
      #expect(child.snapshot?.ancestors.map(\.pid) == [nil])
      await eventually { parent.core == nil }
      child.exit(.shutdown)
      _ = await child.waitForExit()
    }
  }

  private final class Weak {
    weak var core: ProcessCore?

    init(_ core: ProcessCore) { self.core = core }
  }

  /// A process whose parent has ended.
  private func orphan() async throws -> (child: PID, parent: Weak, text: String) {
    let (parent, child) = try await spawn(waitingFor: PID.self) { process, ready in
      ready(spawn { child in _ = try await child.receive() })
    }
    let text = "\(parent)"
    _ = await parent.waitForExit()
    return (child, Weak(parent.core), text)
  }

  @Test("a process of another runtime is nobody's ancestor: its pid would mean nothing")
  func otherRuntime() async throws {
    try await withTestRuntime { other in
      try await withTestRuntime { _ in
        try await withProcess { process async throws in
          let server = try await withRuntime(other.runtime) { () async throws in try await Puppet.start() }
          #expect(try server.own().snapshot?.ancestors == [])
        }
      }
    }
  }
}
