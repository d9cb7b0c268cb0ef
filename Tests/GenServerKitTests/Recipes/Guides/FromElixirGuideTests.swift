import GenServerKit
import GenServerTesting
import Logging
import Testing

// The code of the guide "From Elixir to Swift".

private struct Turnstile: GenServer {
  enum Call: Sendable { case add(Int, ReplyTo<Int>) }
  enum Cast: Sendable { case reset }
  enum Info: Sendable { case tick }
  enum Continue { case schedule }

  var count: Int
  var minutes = 0

  static func initialize(_ count: Int, context: Context) -> Initial {
    .ok(Turnstile(count: count), then: .continue(.schedule))
  }

  mutating func handleContinue(_ step: Continue, context: Context) -> Next {
    switch step {
    case .schedule: context.send(.tick, after: .seconds(60))
    }
    return .noReply
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .add(let number, let client):
      count += number
      return .reply(count, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .reset: count = 0
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .tick: minutes += 1
    }
    return .noReply(then: .continue(.schedule))
  }

  func terminate(_ reason: ExitReason, context: Context) {
    context.logger.info("\(count) after \(minutes) minutes: \(reason)")
  }
}

extension ServerRef where Server == Turnstile {
  fileprivate func add(_ number: Int) async throws(CallError) -> Int { try await call { .add(number, $0) } }
  fileprivate func reset() { cast(.reset) }
}

@Suite("Guide: From Elixir to Swift") struct FromElixirGuideTests {
  @Test("the server of the guide")
  func turnstile() async throws {
    try await withTestRuntime { test in
      let turnstile = try await Turnstile.start(1, name: .type)
      #expect(try await Turnstile.named(.type).add(2) == 3)
      turnstile.reset()
      #expect(try await turnstile.add(5) == 5)
      await test.clock.advance(by: .seconds(120))
      try await turnstile.stop()
      #expect(test.logs.entries.map(\.message) == ["5 after 2 minutes: normal"])
    }
  }

  @Test("a linked start of code that is no process")
  func linked() async throws {
    try await withTestRuntime { _ in
      await #expect(throws: StartError.notInsideAProcess) { try await Turnstile.startLink(0) }
      try await withProcess { process in
        process.trapExits()
        let turnstile = try await Turnstile.startLink(0)
        turnstile.pid?.exit(.shutdown)
        #expect(try await process.receive(Exit.self).reason == .shutdown)
      }
    }
  }
}
