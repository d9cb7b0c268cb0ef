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
      // Once and for all: not again in a second flood.
      try await flood(puppet, count)
      #expect(marks(in: test.logs).count == entries.count)
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

  @Test("A mailbox that grows beyond it is logged, once", arguments: [false, true])
  func once(isBounded: Bool) async throws {
    let bound: [StartOption] = isBounded ? [.mailbox(limit: 1000)] : []
    let (pid, entries) = try await flood(bound + [.mailbox(highWaterMark: 10)], count: 50)
    try #require(entries.count == 1)
    #expect(entries[0].level == .warning)
    #expect(entries[0].message.contains("Puppet \"flooded\" \(pid)"))
    #expect(entries[0].metadata == ["pid": "\(pid)", "server": "Puppet", "name": "flooded", "messages": "11"])
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
