import GenServerKit
import GenServerTesting
import Synchronization
import Testing

/// What `cancel()` and `remaining` promise, by each of their results.
@Suite("What cancel promises", .timeLimit(.minutes(2))) struct CancelPromiseTests {
  /// Up to some hundred microseconds, without letting go of the thread: a timer is met now here, now there in its life.
  private func passTime(_ round: Int) {
    let end = ContinuousClock.now + .microseconds(round * 7 % 150)
    while ContinuousClock.now < end {}
  }

  @Test(
    "When it is nil the message is there, when it is a time nothing comes, on the real scheduler",
    arguments: PulseWay.once)
  func once(way: PulseWay) async throws {
    for lending in [StartOption.CallsInPlace.never, .always] {
      try await once(way, PlainPulse.self, lending)
      try await once(way, AsyncPulse.self, lending)
    }
  }

  private func once<Server: Pulse>(
    _ way: PulseWay, _ type: Server.Type, _ lending: StartOption.CallsInPlace
  ) async throws {
    try await withRuntime(Runtime()) { () async throws in
      let server = try await Server.start(name: "pulse", options: [.callsInPlace(lending)])
      let named = Server.named("pulse")
      var sent = 0
      for round in 0..<600 {
        let timer = try await way.start(server, named: named, after: .microseconds(20))
        passTime(round)
        if round % 3 == 0, timer.remaining == nil {
          sent += 1
          let count = try await server.call { .count($0) }
          #expect(count == sent, "read as over, and not there")
          #expect(timer.cancel() == nil)
          continue
        }
        if timer.cancel() == nil { sent += 1 }
        let count = try await server.call { .count($0) }
        guard count == sent else {
          Issue.record("\(count) have come, \(sent) had been sent when cancel returned")
          return
        }
      }
      try await server.stop()
    }
  }

  @Test("An exit signal has been received when cancel returns nil, and is not sent after it has returned a time")
  func exits() async throws {
    try await withRuntime(Runtime()) { () async throws in
      for round in 0..<600 {
        let server = try await PlainPulse.start(options: [.callsInPlace(.always)])
        let pid = try #require(server.pid)
        let timer = pid.exit(.shutdown, after: .microseconds(20))
        passTime(round)
        if timer.cancel() == nil {
          // Nothing is handled any more.
          await #expect(throws: CallError.self) { () async throws in _ = try await server.call { .count($0) } }
          #expect(await server.waitForExit() == .shutdown)
        } else {
          #expect(try await server.call { .count($0) } == 0)
          try await server.stop()
        }
      }
    }
  }

  @Test("A process has been started when cancel returns nil, and is not started after it has returned a time")
  func starts() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let started = Atomic<Int>(0)
      var expected = 0
      for round in 0..<600 {
        let timer = spawn(after: .microseconds(20)) { _ in
          started.add(1, ordering: .relaxed)
          try await Task.sleep(for: .seconds(1000))
        }
        passTime(round)
        if timer.cancel() == nil { expected += 1 }
        #expect(runtime.processes.count == expected)
      }
      await eventually { started.load(ordering: .relaxed) == expected }
      for pid in runtime.processes { pid.exit(.killed) }
    }
  }

  @Test(
    "A message of a repeated timer that lies in the mailbox is left out once the timer is cancelled",
    arguments: PulseWay.allCases)
  func repeatedInMailbox(way: PulseWay) async throws {
    try await repeatedInMailbox(way, PlainPulse.self)
    try await repeatedInMailbox(way, AsyncPulse.self)
  }

  private func repeatedInMailbox<Server: Pulse>(_ way: PulseWay, _ type: Server.Type) async throws {
    try await withTestRuntime { test in
      let server = try await Server.start(name: "pulse")
      let timer = try await way.start(server, named: Server.named("pulse"), every: .seconds(1))
      await test.clock.advance(by: .seconds(1))
      #expect(try await server.call { .count($0) } == 1)
      try await Sys.suspend(server)
      await test.clock.advance(by: .milliseconds(1500))
      #expect(server.pid?.snapshot?.mailboxCount == 1)
      #expect(timer.cancel() == .milliseconds(500))
      #expect(timer.remaining == nil && timer.cancel() == nil)
      try await Sys.resume(server)
      #expect(try await server.call { .count($0) } == 1)
      await test.clock.advance(by: .seconds(10))
      #expect(try await server.call { .count($0) } == 1)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("The same for a raw process, however it looks for the message")
  func repeatedInRawMailbox() async throws {
    try await withTestRuntime { test in
      try await withProcess { (process) async throws in
        let timers = [process.send(1, every: .seconds(1)), process.pid.send(1, every: .seconds(1))]
        await test.clock.advance(by: .seconds(1))
        #expect(process.snapshot.mailboxCount == 2)
        for timer in timers { #expect(timer.cancel() == .seconds(1)) }
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
        #expect(try await process.receive(Int.self, timeout: .seconds(0)) == nil)
        try await process.expectNothing()
      }
    }
  }

  @Test("Ticks of a repeated timer come or do not come, and none after cancel has returned, on the real scheduler")
  func repeated() async throws {
    try await withRuntime(Runtime()) { () async throws in
      let server = try await PlainPulse.start(options: [.callsInPlace(.never)])
      for round in 0..<300 {
        let timer = server.send(.beat, every: .microseconds(10))
        passTime(round)
        #expect(timer.cancel() != nil)
        let count = try await server.call { .count($0) }
        // One that is on its way to the mailbox would come before this one.
        #expect(try await server.call { .count($0) } == count)
      }
      try await server.stop()
    }
  }

  @Test("A timer for an instant long ago is read and cancelled as any other")
  func longAgo() async throws {
    try await withTestRuntime { test in
      try await withProcess { (process) async throws in
        let timer = process.send(1, at: process.now - .seconds(63_800_000_000))
        #expect(timer.cancel() == nil && timer.remaining == nil)
        #expect(try await process.receive(Int.self, timeout: .seconds(0)) == 1)
      }
    }
  }
}
