import GenServerKit
import GenServerTesting
import Testing

@Suite("Who waits for the clock", .timeLimit(.minutes(1))) struct SleeperTests {
  @Test("Everybody who waits for a time is seen with it, the earliest first")
  func sleepers() async throws {
    try await withTestRuntime { test in
      #expect(test.clock.sleepers.isEmpty)
      let server = try await PlainDesk.start(.idle)
      let pid = try #require(server.pid)
      server.cast(.remind("tea", .seconds(3)))
      server.cast(.idle(.seconds(60)))
      let raw = spawn { process in _ = try await process.receive(timeout: .seconds(7)) }
      let call = Task { try await server.call(timeout: .seconds(5)) { .wait($0) } }
      await test.clock.waitForTimers(4)
      let sleepers = test.clock.sleepers
      #expect(sleepers.map(\.remaining) == [.seconds(3), .seconds(5), .seconds(7), .seconds(60)])
      #expect(sleepers.map(\.pid) == [pid, nil, raw, pid])
      #expect(
        sleepers.map(\.purpose) == [
          "timer: reminded(\"tea\")", "wait for PlainDesk \(pid)", "receive", "idle timeout",
        ])
      #expect(sleepers.map { test.clock.now.duration(to: $0.instant) } == sleepers.map(\.remaining))
      #expect("\(sleepers[3])" == "PlainDesk \(pid): idle timeout in 60.0 seconds")
      #expect("\(sleepers[1])".hasPrefix("a task that is no process: wait for PlainDesk"))
      call.cancel()
      _ = await call.result
    }
  }

  @Test("The test goes from timer to timer")
  func steps() async throws {
    try await withTestRuntime { test in
      let server = try await AsyncDesk.start(.empty)
      server.cast(.remind("first", .seconds(3)))
      server.cast(.remind("also", .seconds(3)))
      server.cast(.remind("second", .seconds(10)))
      #expect(await test.clock.advanceToNextTimer() == .seconds(3))
      #expect(try await Sys.state(of: server) { $0.desk.notes } == ["first", "also"])
      #expect(await test.clock.advanceToNextTimer() == .seconds(7))
      #expect(try await Sys.state(of: server) { $0.desk.notes } == ["first", "also", "second"])
      #expect(await test.clock.advanceToNextTimer() == nil)
    }
  }
}
