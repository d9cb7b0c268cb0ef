import Dispatch
import GenServerKit
import Testing

/// On the real clock: what is held here are threads.
@Suite("Handlers that hold their thread", .timeLimit(.minutes(5))) struct BlockingHandlerTests {
  private enum Fresh {}
  private enum Earned {}
  private enum Napping {}

  /// Expects a timeout after 50 ms from a handler that returns only when the call has.
  private func expectTimeout<Test>(of server: ServerRef<Sleeper<Test>>) async {
    let gate = Gate()
    // A call that waits for the handler ends too, so that the test fails and does not hang.
    DispatchQueue.global().asyncAfter(deadline: .now() + 30) { gate.open() }
    let start = ContinuousClock.now
    await #expect(throws: CallError.timeout()) {
      try await server.call(timeout: .milliseconds(50)) { .block(gate, $0) }
    }
    let time = ContinuousClock.now - start
    gate.open()
    #expect(time >= .milliseconds(50))
    #expect(time < .seconds(25))
  }

  @Test("a timeout of 50 ms is on time at a fresh server")
  func fresh() async throws {
    try await withSystemClock {
      let server = try await Sleeper<Fresh>.start()
      await expectTimeout(of: server)
      #expect(try await server.call { .answer($0) } == 42)
      await expectTimeout(of: server)
    }
  }

  @Test("after fast calls only the first slow one can hold its caller")
  func afterFastCalls() async throws {
    try await withSystemClock {
      let server = try await Sleeper<Earned>.start()
      for _ in 1...20 { #expect(try await server.call { .answer($0) } == 42) }
      #expect(try await server.call { .nap(.milliseconds(300), $0) } == 42)
      await expectTimeout(of: server)
      // The type has lost what it had earned.
      await expectTimeout(of: try await Sleeper<Earned>.start())
    }
  }

  @Test("handlers that block do not hold the tasks of the application")
  func others() async throws {
    try await withSystemClock {
      let gate = Gate()
      DispatchQueue.global().asyncAfter(deadline: .now() + 20) { gate.open() }
      // More than there are threads in the pools of small machines.
      let calls = try await withThrowingTaskGroup(of: PendingReply<Int>.self) { group in
        for _ in 1...16 {
          let server = try await Sleeper<Napping>.start(options: [.callsInPlace(.never)])
          group.addTask { server.sendRequest { .block(gate, $0) } }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let start = ContinuousClock.now
      let other = try await Sleeper<Fresh>.start(options: [.callsInPlace(.never)])
      for _ in 1...10 { #expect(try await other.call(timeout: .infinity) { .answer($0) } == 42) }
      #expect(ContinuousClock.now - start < .seconds(10))
      gate.open()
      for call in calls { #expect(try await call.value(timeout: .infinity) == 42) }
    }
  }
}
