import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("High-water mark", .timeLimit(.minutes(1))) struct HighWaterMarkTests {
  private func flood(_ options: [StartOption], count: Int) async throws -> (pid: PID, entries: [LogRecorder.Entry]) {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(name: "flooded", options: options + [.callsInPlace(.never)])
      let pid = try #require(puppet.pid)
      try await flood(puppet, count)
      let entries = marks(in: test.logs)
      // The mailbox has been empty: a second flood is another one.
      try await flood(puppet, count)
      #expect(marks(in: test.logs).map(\.metadata) == (entries + entries).map(\.metadata))
      return (pid, entries)
    }
  }

  /// Without what else is logged when a handler holds a thread while other tests are busy.
  private func marks(in logs: LogRecorder) -> [LogRecorder.Entry] {
    logs.entries.filter { $0.metadata["messages"] != nil }
  }

  /// Lets so many messages wait, and returns when they have been handled.
  private func flood(_ puppet: ServerRef<Puppet>, _ count: Int) async throws {
    let gate = await puppet.hold()
    for _ in 1..<count { puppet.send(.note("drop")) }
    let isOver = PuppetPromise<Void>()
    puppet.send(
      .perform { _, _ in
        isOver.fulfil()
        return .noReply
      })
    gate.open()
    await isOver.value()
  }

  @Test("A mailbox that grows beyond it is logged, once until it has been empty", arguments: [false, true])
  func once(isBounded: Bool) async throws {
    let bound: [StartOption] = isBounded ? [.mailbox(limit: 1000)] : []
    let (pid, entries) = try await flood(bound + [.mailbox(highWaterMark: 10)], count: 50)
    try #require(entries.count == 1)
    #expect(entries[0].level == .warning)
    #expect(entries[0].message.contains("Puppet \"flooded\" \(pid)"))
    #expect(entries[0].metadata == ["pid": "\(pid)", "server": "Puppet", "name": "flooded", "messages": "11"])
  }

  @Test("One that is never empty is logged once", arguments: [false, true])
  func neverEmpty(isBounded: Bool) async throws {
    try await withTestRuntime { test in
      let bound: [StartOption] = isBounded ? [.mailbox(limit: 1000)] : []
      let puppet = try await Puppet.start(options: bound + [.mailbox(highWaterMark: 10), .callsInPlace(.never)])
      let first = await puppet.hold()
      var gate = first
      for _ in 1...5 {
        for _ in 1...20 { puppet.send(.note("drop")) }
        // What is behind those lies in the mailbox when they have been handled.
        let next = PuppetGate()
        puppet.tell { _, _ in next.block() }
        puppet.send(.note("drop"))
        puppet.send(.note("drop"))
        gate.open()
        await next.reached.value()
        gate = next
      }
      #expect(marks(in: test.logs).count == 1)
      gate.open()
    }
  }

  @Test("A process without a server is warned of again as well")
  func rawProcess() async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        let pid = process.pid
        for _ in 1...2 {
          for number in 1...100_001 { pid.send(number) }
          for _ in 1...100_001 { _ = try await process.receive(Int.self) }
          // It looks into the empty mailbox.
          #expect(try await process.receive(timeout: .after(.zero)) == nil)
        }
      }
      #expect(marks(in: test.logs).count == 2)
    }
  }

  @Test("A mailbox that reaches it and no more is not logged", arguments: [false, true])
  func notReached(isBounded: Bool) async throws {
    let bound: [StartOption] = isBounded ? [.mailbox(limit: 1000)] : []
    let (_, entries) = try await flood(bound + [.mailbox(highWaterMark: 50)], count: 50)
    #expect(entries.isEmpty)
  }

  @Test("It is a hundred thousand messages unless told otherwise")
  func byDefault() async throws {
    let (_, entries) = try await flood([], count: 100_001)
    #expect(entries.count == 1)
    #expect(entries.first?.metadata["messages"] == "100001")
    let (_, none) = try await flood([], count: 100_000)
    #expect(none.isEmpty)
  }
}
