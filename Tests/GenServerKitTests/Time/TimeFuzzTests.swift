import GenServerKit
import GenServerTesting
import Testing

/// All public functions that take a duration, an instant, a time-out or a limit, with every value that a configuration or
/// another program might send.
@Suite("Times and limits from outside", .timeLimit(.minutes(2))) struct TimeFuzzTests {
  private static let durations: [Duration] = {
    var random = PartsRandom(seed: 7)
    let edges: [Int64] = [.min, .min + 1, -1_000_000_000, -1, 0, 1, 999, 1000, .max - 1, .max]
    var durations = edges.map { Duration.nanoseconds($0) } + edges.map { Duration.seconds($0) }
    durations += [Duration(attoseconds: .min), Duration(attoseconds: .max), Duration(attoseconds: 1)]
    for _ in 0..<20 {
      let bits = Int128(random.next()) << 64 | Int128(random.next())
      durations.append(Duration(attoseconds: bits >> Int128(random.next() % 128)))
    }
    return durations
  }()

  /// As far from now as an instant can be.
  private static let instants: [ContinuousClock.Instant] = {
    let now = ContinuousClock.now
    let most = Duration(attoseconds: .max) - .seconds(1_000_000_000)
    var instants = [now, now.advanced(by: Duration(attoseconds: .min)), now.advanced(by: most)]
    for duration in durations where duration < most && duration > .zero - most {
      instants.append(now.advanced(by: duration))
    }
    return instants
  }()

  private static let timeouts: [Timeout] = {
    let integers: [Int] = [.min, -1, 0, 1, .max]
    let doubles = [-Double.infinity, -1e300, -0.5, 0, .leastNonzeroMagnitude, 0.5, 1e9, 9.3e9, 1e300, .infinity, .nan]
    return durations.map { .after($0) } + instants.map { .until($0) } + [.infinity, .inherited]
      + integers.map { .seconds($0) } + integers.map { .milliseconds($0) } + integers.map { .microseconds($0) }
      + [.seconds(UInt64.max), .milliseconds(UInt64.max), .microseconds(UInt64.max)] + doubles.map { .seconds($0) }
  }()

  /// Whether a timer's answers make sense.
  private func look(_ timer: TimerReference) {
    if let remaining = timer.remaining { #expect(remaining >= .zero) }
    #expect(!"\(timer)".isEmpty)
    if let left = timer.cancel() { #expect(left >= .zero) }
    #expect(timer.remaining == nil && timer.cancel() == nil)
  }

  @Test("Timers of servers, for servers, and of no process", arguments: [false, true])
  func timers(atEnd: Bool) async throws {
    try await withTestRuntime { test in
      if atEnd { await test.clock.advance(by: .seconds(Int64.max)) }
      let puppet = try await Puppet.start(name: "puppet")
      let named = Puppet.named("puppet")
      let pid = try #require(puppet.pid)
      for duration in Self.durations {
        look(try await puppet.ask { _, context in context.send(.note("a"), after: duration) })
        look(try await puppet.ask { _, context in context.send(.note("a"), every: duration) })
        look(try await puppet.ask { _, context in context.send(after: duration) { _ in .note("a") } })
        look(try await puppet.ask { _, context in context.send(every: duration) { _ in .note("a") } })
        for server in [puppet, named] {
          look(server.send(.note("a"), after: duration))
          look(server.send(.note("a"), every: duration))
        }
        look(pid.send("a", after: duration))
        look(pid.send("a", every: duration))
        let victim = spawn { process in _ = try await process.receive() }
        look(victim.exit(.killed, after: duration))
        look(spawn(after: duration) { _ in })
        look(spawn(every: duration) { _ in })
      }
      for instant in Self.instants {
        look(try await puppet.ask { _, context in context.send(.note("a"), at: instant) })
        look(try await puppet.ask { _, context in context.send(at: instant) { _ in .note("a") } })
        for server in [puppet, named] { look(server.send(.note("a"), at: instant)) }
        look(pid.send("a", at: instant))
      }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("Timers of a process without a server", arguments: [false, true])
  func rawTimers(atEnd: Bool) async throws {
    try await withTestRuntime { test in
      if atEnd { await test.clock.advance(by: .seconds(Int64.max)) }
      try await withProcess { (process) async throws in
        for duration in Self.durations {
          look(process.send("a", after: duration))
          look(process.send("a", every: duration))
          look(process.startTimer("a", after: duration))
        }
        for instant in Self.instants {
          look(process.send("a", at: instant))
          look(process.startTimer("a", at: instant))
        }
      }
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("Time-outs of all that waits", arguments: [false, true])
  func timeouts(atEnd: Bool) async throws {
    try await withTestRuntime { test in
      if atEnd { await test.clock.advance(by: .seconds(Int64.max)) }
      let server = try await PlainPulse.start(options: [.callsInPlace(.never)])
      let pid = try #require(server.pid)
      let lent = try await PlainPulse.start(options: [.callsInPlace(.always)])
      for timeout in Self.timeouts {
        #expect(!"\(timeout)".isEmpty)
        for server in [server, lent] {
          _ = try? await server.call(timeout: timeout) { .count($0) }
          _ = try? await server.within(timeout).call { .count($0) }
        }
        _ = try? await server.sendRequest { .count($0) }.value(timeout: timeout)
        _ = try? await server.cast(.beat, whenFull: .wait, timeout: timeout)
        _ = try? await Sys.state(of: server, timeout: timeout) { $0.count }
        var replies = PendingReplies<Int, Int>()
        replies.add(server.sendRequest { .count($0) }, label: 1)
        _ = await replies.next(timeout: timeout)
        let started = try? await PlainPulse.start(timeout: timeout)
        _ = try? await started?.stop(timeout: timeout)
        _ = try? await spawn(waitingFor: Int.self, timeout: timeout) { _, ready in ready(1) }
        try await withProcess { (process) async throws in
          process.pid.send("there")
          #expect(try await process.receive(timeout: timeout) as? String == "there")
          process.pid.send("there")
          #expect(try await process.receive(String.self, timeout: timeout) == "there")
        }
      }
      #expect(pid.isAlive)
    }
  }

  @Test("A clock at its end, when processes exit, time out and send")
  func atEnd() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)])
      let raw = spawn { process in _ = try await process.receive() }
      await test.clock.advance(by: .seconds(Int64.max))
      await test.clock.advance(by: .seconds(Int64.max))
      #expect(test.clock.wallTime.description.hasPrefix("22"))
      let gate = await puppet.hold()
      // A handler that does not return is named from time to time.
      puppet.exit(.killed)
      raw.exit(.shutdown)
      #expect(await raw.waitForExit() == .shutdown)
      gate.open()
      #expect(await puppet.waitForExit() == .killed)
      for sleeper in test.clock.sleepers { #expect(!"\(sleeper)".isEmpty) }
    }
  }

  @Test("Limits and times of start options are taken, or refused with an error")
  func options() async throws {
    try await withTestRuntime { _ in
      for limit in [Int.min, -1, 0, 1, .max] {
        for option in [StartOption.mailbox(limit: limit), .mailbox(highWaterMark: limit)] {
          do {
            let server = try await PlainPulse.start(options: [option])
            #expect(limit >= 1)
            #expect(server.cast(.beat) == .enqueued)
            try await server.stop()
          } catch {
            #expect(limit < 1)
          }
        }
      }
      for duration in Self.durations {
        do {
          try await PlainPulse.start(options: [.hibernate(after: duration)]).stop()
          #expect(duration >= .zero)
        } catch {
          #expect(duration < .zero)
        }
      }
    }
  }

  @Test("A test's clock, and the expectations of a test")
  func testKit() async throws {
    for duration in Self.durations where duration < .seconds(1) || duration > .seconds(1_000_000_000) {
      try await withTestRuntime { test in
        let begin = test.clock.now
        await test.clock.advance(by: duration)
        #expect(test.clock.now >= begin)
        let server = try await PlainPulse.start()
        try await server.stop()
        #expect(try await expectExit(of: server, within: duration) == .normal)
        try await withProcess { (process) async throws in
          process.pid.send("there")
          #expect(try await process.expect(String.self, within: duration) == "there")
        }
        await test.clock.waitForTimers(0, within: duration)
      }
    }
  }

  @Test("Every timestamp can be moved, compared and shown")
  func timestamps() {
    let all = Self.durations.map { Timestamp(sinceEpoch: $0) }
    for stamp in all {
      let text = stamp.description
      #expect(text.hasSuffix("Z") && text.contains("T"))
      for other in all {
        #expect((stamp < other) == (stamp.sinceEpoch < other.sinceEpoch))
        let distance = stamp.duration(to: other)
        #expect((distance < .zero) == (other < stamp))
        #expect(other - stamp == distance)
        for moved in [stamp + distance, stamp - distance, stamp.advanced(by: other.sinceEpoch)] {
          #expect(!moved.description.isEmpty)
        }
      }
    }
    #expect(Timestamp(sinceEpoch: .seconds(253_402_300_800)).description == "+10000-01-01T00:00:00.000Z")
    #expect(Timestamp(sinceEpoch: .seconds(-62_167_219_201)).description == "-0001-12-31T23:59:59.000Z")
  }
}
