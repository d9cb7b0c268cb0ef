import GenServerTesting
import Logging
import Testing

@testable import GenServerKit

@Suite("Records that would flood the log", .timeLimit(.minutes(1))) struct LogLimitTests {
  @Test("stray messages: some are logged, the others are counted in the next record")
  func stray() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let pid = try #require(puppet.pid)
      for number in 1...100 { pid.send(number) }
      _ = try await puppet.notes()
      #expect(test.logs.entries.count == 10)
      #expect(test.logs.entries.map { $0.metadata["message"] } == (1...10).map { "\($0)" })
      await test.clock.advance(by: .seconds(10))
      for number in 101...200 { pid.send(number) }
      _ = try await puppet.notes()
      #expect(test.logs.entries.count == 20)
      #expect(test.logs.entries[10].metadata["leftOut"] == "90")
      #expect(test.logs.entries[10].message.contains("90 more unexpected messages"))
      #expect(test.logs.entries[11].metadata["leftOut"] == nil)
    }
  }

  @Test("what was left out is told at the latest when the process ends")
  func atTheEnd() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(name: "flooded")
      let pid = try #require(puppet.pid)
      for number in 1...13 { pid.send(number) }
      try await puppet.stop()
      #expect(test.logs.entries.count == 11)
      let last = try #require(test.logs.entries.last)
      #expect(last.level == .warning)
      #expect(last.message == "Puppet \"flooded\" \(pid) has ended; 3 more unexpected messages had no record")
      #expect(last.metadata["leftOut"] == "3")
    }
  }

  @Test("each process and each kind has its own limit")
  func apart() async throws {
    try await withTestRuntime { test in
      for _ in 1...2 {
        let puppet = try await Puppet.start()
        let pid = try #require(puppet.pid)
        for number in 1...20 { pid.send(number) }
        for _ in 1...20 {
          try await puppet.ask(answering: { _, _, client in
            client.reply(())
            client.reply(())
          })
        }
      }
      #expect(test.logs.errors.count == 20)
      #expect(test.logs.entries.count == 40)
    }
  }

  @Test("second answers outside of any process have a limit as well")
  func outside() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = puppet.sendRequest { (client: ReplyTo<Int>) in
        Puppet.called { _, _ in
          kept.fulfil(client)
          return .noReply
        }
      }
      let client = await kept.value()
      #expect(client.reply(1))
      for number in 2...100 { #expect(!client.reply(number)) }
      #expect(try await pending.value() == 1)
      #expect(test.logs.entries.count == 10)
      await test.clock.advance(by: .seconds(10))
      client.reply(101)
      #expect(test.logs.entries.count == 11)
      #expect(test.logs.entries.last?.metadata["leftOut"] == "89")
    }
  }

  @Test("a limiter lets the first through, counts the rest, and begins again when its time is up")
  func limiter() {
    let limiter = LogLimiter()
    for _ in 1...LogLimiter.limit { #expect(limiter.admit(.secondAnswer, at: 5) == 0) }
    for _ in 1...3 { #expect(limiter.admit(.secondAnswer, at: 5 + LogLimiter.span - 1) == nil) }
    #expect(limiter.admit(.unexpectedMessage, at: 6) == 0)
    #expect(limiter.leftOut.map(\.count) == [3])
    #expect(limiter.admit(.secondAnswer, at: 5 + LogLimiter.span) == 3)
    #expect(limiter.leftOut.isEmpty)
  }
}
