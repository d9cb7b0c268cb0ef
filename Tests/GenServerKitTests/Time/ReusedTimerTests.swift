import GenServerKit
import GenServerTesting
import Testing

/// A process sets one timer for itself again and again: the second use is as the first.
@Suite("Timers of a process that are used again", .timeLimit(.minutes(1))) struct ReusedTimerTests {
  @Test("Once, at intervals and for an instant, in every order, after each end", arguments: [true, false])
  func everyOrder(isServer: Bool) async throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      try await withTestRuntime { test in
        var random = PartsRandom(seed: seed)
        let alarm = try await (isServer ? AlarmKind.plain : .raw).start(test)
        var expected: [String] = []
        var now = 0
        for number in 0..<12 {
          let delay = Int.random(in: 1...5, using: &random) * 100
          let wish: AlarmWish
          switch Int.random(in: 0..<3, using: &random) {
          case 0: wish = .after(.milliseconds(delay))
          case 1: wish = .at(test.clock.now + .milliseconds(delay))
          default: wish = .every(.milliseconds(delay))
          }
          // The reference is kept for one use only, so that the next one may take the same timer.
          let timer = try await alarm.set("\(number)", wish)
          #expect(timer.remaining == .milliseconds(delay))
          let passed = Int.random(in: 0...8, using: &random) * 100
          await test.clock.advance(by: .milliseconds(passed))
          if case .every = wish {
            for time in stride(from: delay, through: passed, by: delay) { expected.append("\(number) @\(now + time)") }
            #expect(timer.cancel() == .milliseconds(delay - passed % delay))
          } else if delay <= passed {
            expected.append("\(number) @\(now + delay)")
            #expect(timer.cancel() == nil)
          } else {
            #expect(timer.cancel() == .milliseconds(delay - passed))
          }
          now += passed
          #expect(try await alarm.lines() == expected)
          #expect(test.clock.armedTimers == 0)
        }
      }
    }
  }

  @Test("A reference that is kept stays that of its own timer")
  func keptReference() async throws {
    try await withTestRuntime { test in
      try await withProcess { (process) async throws in
        var kept: [TimerReference] = []
        for round in 0..<20 {
          let timer = process.send(round, after: .seconds(1))
          if round % 2 == 0 { timer.cancel() } else { await test.clock.advance(by: .seconds(1)) }
          if round % 3 == 0 { kept.append(timer) }
          #expect(kept.allSatisfy { $0.remaining == nil && $0.cancel() == nil })
        }
        let last = process.send(100, after: .seconds(1))
        #expect(!kept.contains(last))
        for timer in kept { timer.cancel() }
        await test.clock.advance(by: .seconds(1))
        var received: [Int] = []
        while let number = try await process.receive(Int.self, timeout: .seconds(0)) { received.append(number) }
        #expect(received == stride(from: 1, to: 20, by: 2) + [100])
      }
    }
  }

  @Test("A message that still lies in the mailbox keeps its timer from being used again")
  func inMailbox() async throws {
    try await withTestRuntime { test in
      try await withProcess { (process) async throws in
        for round in 0..<10 {
          process.send("tick \(round)", every: .seconds(1))
          await test.clock.advance(by: .seconds(1))
          // Its tick lies there; the next one is another timer.
        }
        #expect(test.clock.armedTimers == 10)
        for round in 0..<10 { #expect(try await process.receive(String.self) == "tick \(round)") }
      }
      #expect(test.clock.armedTimers == 0)
    }
  }
}
