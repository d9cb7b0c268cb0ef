import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "Several arguments".

private struct Poller: GenServer {
  struct Configuration {
    enum Invalid: Error { case interval, attempts }

    var interval: Duration = .seconds(30)
    var attempts = 3
    var fetch: @Sendable () async throws -> Int
  }

  enum Call: Sendable { case last(ReplyTo<Int?>) }
  enum Info: Sendable { case poll }

  let configuration: Configuration
  var last: Int?

  static func initialize(_ configuration: Configuration, context: Context) -> Initial {
    guard configuration.interval > .zero else { return .error(.failure(Configuration.Invalid.interval)) }
    guard configuration.attempts > 0 else { return .error(.failure(Configuration.Invalid.attempts)) }
    context.send(.poll, every: configuration.interval)
    return .ok(Poller(configuration: configuration))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .last(let client): .reply(last, to: client)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) async -> Next {
    for _ in 1...configuration.attempts {
      if let value = try? await configuration.fetch() {
        last = value
        break
      }
    }
    return .noReply
  }
}

extension ServerRef where Server == Poller {
  fileprivate func last() async throws(CallError) -> Int? { try await call { .last($0) } }
}

@Suite("Recipe: Several arguments") struct ConfigurationRecipeTests {
  @Test("what is not given has its default")
  func defaults() async throws {
    try await withTestRuntime { test in
      let poller = try await Poller.start(.init(fetch: { 7 }))
      await test.clock.advance(by: .seconds(29))
      #expect(try await poller.last() == nil)
      await test.clock.advance(by: .seconds(1))
      #expect(try await poller.last() == 7)
    }
  }

  @Test("what makes no sense fails the start, and is no crash")
  func invalid() async throws {
    try await withTestRuntime { test in
      await #expect(throws: StartError.failed(.failure(Poller.Configuration.Invalid.attempts))) {
        try await Poller.start(.init(attempts: 0, fetch: { 7 }))
      }
      await #expect(throws: StartError.failed(.failure(Poller.Configuration.Invalid.interval))) {
        try await Poller.start(.init(interval: .zero, fetch: { 7 }))
      }
      #expect(test.logs.entries.isEmpty)
    }
  }
}
