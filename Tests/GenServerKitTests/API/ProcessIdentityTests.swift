import GenServerKit
import GenServerTesting
import Testing

@Suite("Pid", .timeLimit(.minutes(1))) struct ProcessIdentityTests {
  @Test("Pids are equal when they are of one process")
  func equality() async throws {
    try await withTestRuntime { test in
      let first = try await Puppet.start(name: "first")
      let second = try await Puppet.start()
      let pid = try #require(first.pid)
      #expect(pid == first.pid)
      #expect(pid == Puppet.named("first").pid)
      #expect(pid == Puppet.whereis("first")?.pid)
      #expect(pid != second.pid)
      #expect(Set([pid, try #require(second.pid), try #require(first.pid)]).count == 2)
      #expect([pid: "first"][try #require(Puppet.whereis("first")?.pid)] == "first")
      #expect(Set(test.runtime.processes) == [pid, try #require(second.pid)])
    }
  }

  @Test("The text is the node, the place in the table, and how often that was used before")
  func text() async throws {
    try await withTestRuntime { _ in
      var texts: Set<String> = []
      for _ in 0..<50 {
        let puppet = try await Puppet.start()
        let text = "\(try #require(puppet.pid))"
        #expect(text.wholeMatch(of: /<0\.[0-9]+\.[0-9]+>/) != nil)
        #expect(texts.insert(text).inserted)
        if texts.count % 2 == 0 { try await puppet.stop() }
      }
    }
  }

  @Test("A pid stays good after the end, and tells the reason again and again")
  func afterEnd() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(name: "puppet")
      let pid = try #require(puppet.pid)
      let text = "\(pid)"
      #expect(pid.isAlive)
      try await puppet.stop(.shutdown)
      #expect(!pid.isAlive)
      for _ in 1...3 { #expect(await pid.waitForExit() == .shutdown) }
      #expect(puppet.pid == pid)
      #expect("\(pid)" == text)
      // Nothing more can happen to it.
      pid.exit(.killed)
      #expect(await pid.waitForExit() == .shutdown)
      let next = try await Puppet.start(name: "puppet")
      #expect(next.pid != pid)
      #expect(!pid.isAlive)
    }
  }

  @Test("Many wait for one end, and all hear of it", arguments: [ExitReason.shutdown, .killed])
  func manyWait(reason: ExitReason) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      let pid = try #require(puppet.pid)
      let waiting = (0..<100).map { _ in Task.immediate { await pid.waitForExit() } }
      pid.exit(reason)
      for task in waiting { #expect(await task.value == reason) }
    }
  }

  @Test("Cancelling the task does not end the wait for an exit")
  func cancelledWait() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      let pid = try #require(puppet.pid)
      let waiting = Task.immediate { await pid.waitForExit() }
      waiting.cancel()
      #expect(try await puppet.notes().isEmpty)
      try await puppet.stop(.shutdown)
      #expect(await waiting.value == .shutdown)
    }
  }

  @Test("An exit for a normal reason is ignored, another one ends the process without terminate")
  func exit() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      let pid = try #require(puppet.pid)
      pid.exit(.normal)
      #expect(try await puppet.notes().isEmpty)
      pid.exit(.shutdownBecause("tired"))
      #expect(await pid.waitForExit() == .shutdownBecause("tired"))
    }
  }
}
