import GenServerKit
import GenServerTesting
import Testing

@Suite("High-water mark", .timeLimit(.minutes(1))) struct HighWaterMarkTests {
  private func flood(_ options: [StartOption], count: Int) async throws -> (pid: PID, entries: [LogRecorder.Entry]) {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(name: "flooded", options: options + [.lending(.never)])
      let pid = try #require(puppet.pid)
      let gate = await puppet.hold()
      for _ in 0..<count { puppet.send(.note("drop")) }
      let entries = test.logs.entries
      gate.open()
      #expect(try await puppet.notes().count == count)
      // Once and for all: not again in a second flood.
      let second = await puppet.hold()
      for _ in 0..<count { puppet.send(.note("drop")) }
      second.open()
      #expect(try await puppet.notes().count == 2 * count)
      #expect(test.logs.entries.count == entries.count)
      return (pid, entries)
    }
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
