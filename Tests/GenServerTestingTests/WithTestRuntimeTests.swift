import GenServerKit
import GenServerTesting
import Testing

private struct RuntimeTestError: Error, Equatable {}

private struct RuntimeTestToken: ~Copyable {
  let number: Int
}

@Suite("Runtime of a test", .timeLimit(.minutes(1))) struct WithTestRuntimeTests {
  @Test("What is started inside belongs to it")
  func belongs() async throws {
    try await withTestRuntime { test in
      #expect(Runtime.current === test.runtime)
      #expect(test.runtime !== Runtime.default)
      #expect(test.runtime.processes.isEmpty)
      let server = try await ClockedServer.start()
      #expect(test.runtime.processes == [try #require(server.pid)])
      let child = try await Task { try await ClockedServer.start() }.value
      #expect(test.runtime.processes.contains(try #require(child.pid)))
    }
    #expect(Runtime.current === Runtime.default)
  }

  @Test("Processes that are left end, whether the body returns or throws")
  func ends() async throws {
    let pids = try await withTestRuntime { _ in
      [try await ClockedServer.start().pid, try await ClockedServer.start(name: "named").pid].compactMap { $0 }
    }
    #expect(pids.count == 2)
    for pid in pids { #expect(await pid.waitForExit() == .killed) }

    var left: PID?
    await #expect(throws: RuntimeTestError()) {
      try await withTestRuntime { _ in
        left = try await ClockedServer.start().pid
        throw RuntimeTestError()
      }
    }
    let pid = try #require(left)
    #expect(await pid.waitForExit() == .killed)
  }

  @Test("Names of one mean nothing in another", arguments: 1...4)
  func names(number: Int) async throws {
    try await withTestRuntime { outer in
      let server = try await ClockedServer.start(name: "shared")
      try await withTestRuntime { inner in
        #expect(ClockedServer.whereis("shared") == nil)
        let other = try await ClockedServer.start(name: "shared")
        #expect(other != server)
        #expect(inner.runtime.processes.count == 1)
        #expect(inner.runtime !== outer.runtime)
      }
      #expect(ClockedServer.whereis("shared") == server)
      #expect(outer.runtime.processes.count == 1)
    }
  }

  @Test("Logs of one are not those of another")
  func logs() async throws {
    try await withTestRuntime { outer in
      let server = try await ClockedServer.start()
      try await withTestRuntime { inner in
        try await ClockedServer.start().call { .log("inner", $0) }
        // A process logs where it belongs, whoever calls.
        try await server.call { .log("outer", $0) }
        #expect(inner.logs.entries.map(\.message) == ["inner"])
      }
      #expect(outer.logs.entries.map(\.message) == ["outer"])
    }
  }

  @Test("A result that cannot be copied passes")
  func noncopyable() async throws {
    let token = try await withTestRuntime { _ in RuntimeTestToken(number: 42) }
    #expect(token.number == 42)
  }

  @Test("Timers of processes that were left end with them")
  func timers() async throws {
    let (clock, pid) = try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      try await server.call { .arm(.seconds(1), "never", $0) }
      #expect(test.clock.armedTimers == 1)
      return (test.clock, try #require(server.pid))
    }
    #expect(await pid.waitForExit() == .killed)
    #expect(clock.armedTimers == 0)
  }
}
