import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("Repeated timers", .timeLimit(.minutes(2))) struct RepeatedTimerTests {
  @Test(
    "There is never more than one message in a mailbox, and it goes on when that is handled",
    arguments: PulseWay.allCases)
  func oneMessage(way: PulseWay) async throws {
    try await oneMessage(way, PlainPulse.self)
    try await oneMessage(way, AsyncPulse.self)
  }

  private func oneMessage<Server: Pulse>(_ way: PulseWay, _ type: Server.Type) async throws {
    try await withTestRuntime { test in
      let server = try await Server.start(name: "pulse")
      let pid = try #require(server.pid)
      let timer = try await way.start(server, named: Server.named("pulse"), every: .seconds(1))
      // The first one too, of a type of which nothing is known yet.
      for round in 1...3 {
        try await Sys.suspend(server)
        await test.clock.advance(by: .seconds(100))
        #expect(pid.snapshot?.mailboxCount == 1)
        try await Sys.resume(server)
        #expect(try await server.call { .count($0) } == 11 * (round - 1) + 1)
        // In its own rhythm.
        #expect(timer.remaining == .seconds(1))
        await test.clock.advance(by: .seconds(10))
        #expect(try await server.call { .count($0) } == 11 * round)
      }
    }
  }

  @Test("The same for a raw process")
  func oneRawMessage() async throws {
    try await withTestRuntime { test in
      try await withProcess { (process) async throws in
        let own = process.send("own", every: .seconds(1))
        let foreign = process.pid.send(1, every: .seconds(2))
        for _ in 1...3 {
          await test.clock.advance(by: .seconds(10))
          #expect(process.snapshot.mailboxCount == 2)
          #expect(try await process.receive(String.self) == "own")
          #expect(try await process.receive(Int.self) == 1)
          #expect(try await process.receive(timeout: .seconds(0)) == nil)
        }
        #expect(own.cancel() != nil && foreign.cancel() != nil)
      }
    }
  }

  @Test("One message may wait while another is being handled")
  func whileHandling() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let gate = PuppetGate()
      let pid = try #require(puppet.pid)
      _ = try await puppet.ask { _, context in
        context.send(
          .perform { puppet, _ in
            puppet.notes.append("tick")
            gate.block()
            return .noReply
          }, every: .seconds(1))
      }
      test.clock.jump(by: .seconds(1))
      await gate.reached.value()
      test.clock.jump(by: .seconds(50))
      #expect(pid.snapshot?.mailboxCount == 1)
      gate.open()
      #expect(try await puppet.notes() == ["tick", "tick"])
    }
  }

  @Test("A message that a full mailbox drops or refuses does not end the timer", arguments: [true, false])
  func dropped(isOldestDropped: Bool) async throws {
    try await withTestRuntime { test in
      let server = try await PlainPulse.start(
        options: [.mailbox(limit: 1, whenFull: isOldestDropped ? .dropOldest : .refuse)])
      let timer = server.send(.beat, every: .seconds(1))
      try await Sys.suspend(server)
      if isOldestDropped {
        await test.clock.advance(by: .seconds(1))
        server.send(.beat)
      } else {
        server.send(.beat)
        await test.clock.advance(by: .seconds(1))
      }
      #expect(server.pid?.snapshot?.mailboxCount == 1)
      try await Sys.resume(server)
      // A call would need a place in the mailbox.
      #expect(try await Sys.state(of: server) { $0.count } == 1)
      await test.clock.advance(by: .seconds(3))
      #expect(try await Sys.state(of: server) { $0.count } == 4)
      #expect(timer.cancel() == .seconds(1))
    }
  }

  @Test("A message that a fault holds back counts as one that waits")
  func heldBack() async throws {
    try await withTestRuntime { test in
      test.faults.inject(.delay(message: 1, by: .seconds(10)), into: PlainPulse.self)
      let server = try await PlainPulse.start()
      server.send(.beat, every: .seconds(1))
      await test.clock.advance(by: .seconds(10))
      #expect(try await server.call { .count($0) } == 0)
      await test.clock.advance(by: .seconds(5))
      #expect(try await server.call { .count($0) } == 5)
    }
  }

  @Test("An interval of nothing or less is refused, with the place where it was asked for", arguments: [0, -1, -1000])
  func refused(seconds: Int) async throws {
    try await withTestRuntime { test in
      let interval = Duration.seconds(seconds)
      let server = try await PlainPulse.start(name: "pulse")
      var lines: [Int] = []
      var timers: [TimerReference] = []
      timers.append(try await server.call { .perform({ $0.sendBeat(every: interval) }, $0) })
      timers.append(try await server.call { .perform({ $0.sendReport(every: interval) }, $0) })
      lines.append(#line + 1)
      timers.append(server.send(.beat, every: interval))
      lines.append(#line + 1)
      timers.append(server.cast(.beat, every: interval))
      lines.append(#line + 1)
      timers.append(PlainPulse.named("pulse").send(.beat, every: interval))
      lines.append(#line + 1)
      timers.append(PlainPulse.named("nobody").cast(.beat, every: interval))
      lines.append(#line + 1)
      timers.append(try #require(server.pid).send("beat", every: interval))
      lines.append(#line + 1)
      timers.append(spawn(every: interval) { _ in })
      try await withProcess { (process) async throws in
        lines.append(#line + 1)
        timers.append(process.send("beat", every: interval))
      }
      for timer in timers { #expect(timer.remaining == nil && timer.cancel() == nil) }
      #expect(test.clock.armedTimers == 0)
      let errors = test.logs.entries.filter { $0.level == .error }
      #expect(errors.count == timers.count)
      for entry in errors { #expect(entry.message.contains("\(interval)")) }
      #expect(errors[0].metadata["origin"]?.description.contains("Pulse.swift:") == true)
      #expect(errors[1].metadata["origin"]?.description.contains("Pulse.swift:") == true)
      #expect(errors.dropFirst(2).map { $0.metadata["origin"]?.description } == lines.map { "\(#fileID):\($0)" })
      #expect(try await server.call { .count($0) } == 0)
    }
  }

  // On a clock that is late on purpose.

  @Test("A timer that fires late does not drift, and leaves out what has passed")
  func late() async throws {
    let time = InterruptedTimeSource()
    try await withRuntime(Runtime(timeSource: time)) { () async throws in
      try await withProcess { (process) async throws in
        let start = process.now
        let timer = process.send("tick", every: .milliseconds(100))
        // Each time so late, and due next at the instant that was meant from the beginning.
        for (late, next) in [(0, 200), (30, 300), (99, 400), (100, 600), (250, 900), (0, 1000), (2000, 3100)] {
          time.fireFirst(lateBy: .milliseconds(late))
          #expect(try await process.receive(timeout: .seconds(0)) as? String == "tick")
          #expect(try await process.receive(timeout: .seconds(0)) == nil)
          let due = try #require(timer.remaining) + (process.now - start)
          #expect(due == .milliseconds(next))
        }
      }
    }
  }

  @Test("A message that was meant for one instant and comes late is sent once, and a cancelled one not at all")
  func lateOnce() async throws {
    let time = InterruptedTimeSource()
    try await withRuntime(Runtime(timeSource: time)) { () async throws in
      try await withProcess { (process) async throws in
        process.send("first", after: .milliseconds(100))
        let cancelled = process.send("cancelled", after: .milliseconds(150))
        process.send("second", after: .milliseconds(200))
        // The clock shows that it is over, and nobody has looked at the clock.
        time.pass(.milliseconds(180))
        #expect(cancelled.remaining == .zero)
        #expect(cancelled.cancel() == .zero)
        time.fireFirst(lateBy: .seconds(5))
        #expect(try await process.receive(String.self) == "first")
        #expect(try await process.receive(String.self) == "second")
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
    }
  }
}
