import GenServerKit
import GenServerTesting
import Testing

@Suite("Timer messages", .timeLimit(.minutes(1))) struct TimerMessageTests {
  /// Has the server send itself a note, and returns the timer.
  private func note<Server: PuppetShow>(
    _ puppet: ServerRef<Server>, _ text: String, after delay: Duration
  ) async throws(CallError) -> TimerReference {
    try await puppet.ask { _, context in context.send(Server.note(text), after: delay) }
  }

  @Test("A message comes after exactly its time, once", arguments: PuppetLending.allCases)
  func after(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      try await after(Puppet.start(options: [lending.option]), test.clock)
      try await after(AsyncPuppet.start(options: [lending.option]), test.clock)
    }
  }

  private func after(_ puppet: ServerRef<some PuppetShow>, _ clock: TestClock) async throws {
    let timer = try await note(puppet, "ring", after: .seconds(10))
    #expect(timer.remaining == .seconds(10))
    await clock.advance(by: .milliseconds(9999))
    #expect(try await puppet.notes().isEmpty)
    #expect(timer.remaining == .milliseconds(1))
    await clock.advance(by: .milliseconds(1))
    #expect(try await puppet.notes() == ["ring"])
    #expect(timer.remaining == nil)
    #expect(timer.cancel() == nil)
    await clock.advance(by: .seconds(100))
    #expect(try await puppet.notes() == ["ring"])
    #expect(clock.armedTimers == 0)
  }

  @Test("A message comes at its instant", arguments: PuppetLending.allCases)
  func at(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [lending.option])
      let instant = test.clock.now + .seconds(3)
      _ = try await puppet.ask { _, context in context.send(.note("now"), at: instant) }
      await test.clock.advance(by: .milliseconds(2999))
      #expect(try await puppet.notes().isEmpty)
      await test.clock.advance(by: .milliseconds(1))
      #expect(try await puppet.notes() == ["now"])
    }
  }

  @Test("What is due already goes through the mailbox, behind what lies there", arguments: PuppetLending.allCases)
  func dueAlready(lending: PuppetLending) async throws {
    try await withRuntime(Runtime()) { () async throws in
      let puppet = try await Puppet.start(options: [lending.option])
      let isDone = PuppetPromise<Void>()
      _ = try await puppet.ask { puppet, context in
        context.me.tell { puppet, _ in puppet.notes.append("earlier") }
        context.send(.note("zero"), after: .zero)
        context.send(.note("negative"), after: .seconds(-5))
        context.send(.note("past"), at: context.now - .seconds(5))
        context.send(
          .perform { _, _ in
            isDone.fulfil()
            return .noReply
          }, after: .milliseconds(1))
        puppet.notes.append("handler")
        return 0
      }
      await isDone.value()
      let notes = try await puppet.notes()
      #expect(notes.prefix(2) == ["handler", "earlier"])
      // In the order of their instants.
      #expect(Set(notes.dropFirst(2)) == ["zero", "negative", "past"])
      try await puppet.stop()
    }
  }

  @Test("A repeated message comes after each interval, without drift", arguments: PuppetLending.allCases)
  func every(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [lending.option])
      let start = test.clock.now
      let times = PuppetJournal()
      let timer = try await puppet.ask { _, context in
        context.send(
          .perform { _, context in
            times.write("\(context.now - start)")
            return .noReply
          }, every: .seconds(2))
      }
      await test.clock.advance(by: .milliseconds(1999))
      #expect(times.lines.isEmpty)
      await test.clock.advance(by: .milliseconds(1))
      #expect(times.lines == ["2.0 seconds"])
      #expect(timer.remaining == .seconds(2))
      await test.clock.advance(by: .seconds(7))
      #expect(times.lines == ["2.0 seconds", "4.0 seconds", "6.0 seconds", "8.0 seconds"])
      #expect(timer.remaining == .seconds(1))
      #expect(timer.cancel() == .seconds(1))
      await test.clock.advance(by: .seconds(100))
      #expect(times.lines.count == 4)
      #expect(timer.cancel() == nil)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("A repeated message can be cancelled by its own handler")
  func cancelsItself() async throws {
    try await withTestRuntime { test in
      let puppet = try await AsyncPuppet.start()
      let timer = PuppetPromise<TimerReference>()
      let left = PuppetPromise<Duration?>()
      timer.fulfil(
        try await puppet.ask { _, context in
          context.send(
            .perform { puppet, _ in
              puppet.notes.append("tick")
              if puppet.notes.count == 3 { left.fulfil(await timer.value().cancel()) }
              return .noReply
            }, every: .seconds(1))
        })
      await test.clock.advance(by: .seconds(10))
      #expect(try await puppet.notes().count == 3)
      #expect(await left.value() == .seconds(1))
    }
  }

  @Test("Cancelling tells what was left, once", arguments: PuppetLending.allCases)
  func cancel(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [lending.option])
      let timer = try await note(puppet, "ring", after: .seconds(10))
      let other = try await note(puppet, "other", after: .seconds(10))
      await test.clock.advance(by: .seconds(4))
      #expect(timer.remaining == .seconds(6))
      #expect(timer.cancel() == .seconds(6))
      #expect(timer.cancel() == nil)
      #expect(timer.remaining == nil)
      #expect(test.clock.armedTimers == 1)
      await test.clock.advance(by: .seconds(100))
      #expect(try await puppet.notes() == ["other"])
      #expect(other.cancel() == nil)
    }
  }

  @Test("Timers end with their process", arguments: PuppetLending.allCases)
  func endWithProcess(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [lending.option])
      let killed = try await AsyncPuppet.start(options: [lending.option])
      var timers: [TimerReference] = []
      for count in 1...3 {
        timers.append(try await note(puppet, "a", after: .seconds(count)))
        timers.append(try await note(killed, "b", after: .seconds(count)))
      }
      timers.append(try await puppet.ask { _, context in context.send(.note("c"), every: .seconds(1)) })
      #expect(test.clock.armedTimers == 7)
      try await puppet.stop()
      #expect(test.clock.armedTimers == 3)
      let pid = try #require(killed.pid)
      pid.exit(.killed)
      #expect(await pid.waitForExit() == .killed)
      #expect(test.clock.armedTimers == 0)
      for timer in timers {
        #expect(timer.remaining == nil)
        #expect(timer.cancel() == nil)
      }
    }
  }

  @Test("A message of a timer passes the bound of a full mailbox")
  func passesBound() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1)])
      _ = try await note(puppet, "ring", after: .seconds(1))
      let gate = await puppet.hold()
      #expect(puppet.tell { puppet, _ in puppet.notes.append("cast") } == .enqueued)
      #expect(puppet.tell { puppet, _ in puppet.notes.append("too much") } == .refused)
      test.clock.jump(by: .seconds(1))
      gate.open()
      // The mailbox may be full still: its own bound is none of the timer's.
      let notes = PuppetPromise<[String]>()
      try await puppet.cast(
        Puppet.told { puppet, _ in
          notes.fulfil(puppet.notes)
          return .noReply
        }, whenFull: .wait)
      #expect(await notes.value() == ["cast", "ring"])
    }
  }

  @Test("A timer reference equals itself")
  func identity() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start()
      let first = try await note(puppet, "a", after: .seconds(1))
      let second = try await note(puppet, "a", after: .seconds(1))
      #expect(first == first)
      #expect(first != second)
      #expect(Set([first, second, first]).count == 2)
    }
  }

  @Test("A delay that cannot be counted never ends, and does no harm")
  func forever() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let timers = try await puppet.ask { _, context in
        [
          context.send(.note("late"), after: .seconds(Int64.max)),
          context.send(.note("later"), every: .seconds(Int64.max)),
        ]
      }
      await test.clock.advance(by: .seconds(1_000_000_000))
      #expect(try await puppet.notes().isEmpty)
      for timer in timers { #expect(timer.cancel() != nil) }
    }
  }

  @Test("An interval of less than a microsecond counts as one")
  func tinyInterval() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      _ = try await puppet.ask { _, context in context.send(.note("tick"), every: .nanoseconds(1)) }
      await test.clock.advance(by: .microseconds(5))
      #expect(try await puppet.notes().count == 5)
      try await puppet.stop()
    }
  }

  @Test("A timer says how much time is left")
  func text() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let timer = try await note(puppet, "ring", after: .seconds(10))
      #expect("\(timer)" == "timer (10.0 seconds left)")
      await test.clock.advance(by: .nanoseconds(3_500_400_000))
      #expect("\(timer)" == "timer (6.5 seconds left)")
      timer.cancel()
      #expect("\(timer)" == "timer (over)")
    }
  }
}
