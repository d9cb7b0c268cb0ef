import GenServerKit
import GenServerTesting
import Testing

/// Answers some requests at once, some later, some never.
private struct Clerk: GenServer {
  enum Call: Sendable { case ask(Int, after: Duration?, ReplyTo<Int>) }
  enum Info: Sendable { case answer(Int, ReplyTo<Int>) }

  static func initialize(_ argument: Void, context: Context) -> Initial { .ok(Self()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .ask(let number, nil, let client): return .reply(number, to: client)
    case .ask(let number, let delay?, let client):
      context.send(.answer(number, client), after: delay)
      return .noReply
    }
  }

  func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .answer(let number, let client): .reply(number, to: client)
    }
  }
}

/// Asks without waiting.
private struct Asker: GenServer {
  enum Cast: Sendable { case ask(ServerRef<Clerk>, Int, after: Duration?, Timeout) }
  enum Info: Sendable { case answered(Int, Result<Int, CallError>) }

  let outcomes: Journal<(Int, Result<Int, CallError>)>

  static func initialize(_ argument: Journal<(Int, Result<Int, CallError>)>, context: Context) -> Initial {
    .ok(Self(outcomes: argument))
  }

  func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .ask(let clerk, let number, let delay, let timeout):
      let answered: @Sendable (Result<Int, CallError>) -> Info = { .answered(number, $0) }
      context.request(clerk, timeout: timeout, as: answered) { .ask(number, after: delay, $0) }
      return .noReply
    }
  }

  func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .answered(let number, let result): outcomes.write((number, result))
    }
    return .noReply
  }
}

/// Requests whose answers are messages, with time-outs at the very instant of the answer, and a clerk that may die.
enum RequestProperty {
  static func holds(_ simulation: Simulation) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let outcomes = Journal<(Int, Result<Int, CallError>)>()
    let clerk = try await Clerk.start()
    let asker = try await Asker.start(outcomes)
    let count = 12
    for number in 0..<count {
      let delay = Int.random(in: 0..<4, using: &random)
      let timeout = Int.random(in: 1..<4, using: &random)
      asker.cast(.ask(clerk, number, after: delay == 0 ? nil : .milliseconds(delay), .milliseconds(timeout)))
      if Int.random(in: 0..<4, using: &random) == 0 { await simulation.advance(by: .milliseconds(1)) }
    }
    if Bool.random(using: &random) { clerk.pid?.exit(.killed) }
    await simulation.advance(by: .milliseconds(20))
    let numbers = outcomes.all.map(\.0)
    try check(numbers.sorted() == Array(0..<count), "not one message for each request: \(numbers.sorted())")
    for case (let number, .success(let value)) in outcomes.all {
      try check(value == number, "\(number) got the answer to \(value)")
    }
  }
}

@Suite("Requests, simulated", .timeLimit(.minutes(10))) struct RequestPropertyTests {
  @Test("Each request brings one message")
  func holds() async throws { try await simulate(seeds: Seeds.all, RequestProperty.holds) }
}
