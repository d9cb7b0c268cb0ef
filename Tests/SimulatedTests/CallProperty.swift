import GenServerKit
import GenServerTesting
import Testing

/// Answers in all the ways there are.
private struct Oracle: GenServer {
  enum Way: Int, CaseIterable, Sendable {
    case now, afterCast, afterTimer, twice, drop, crash, stop, async
  }

  enum Call: Sendable { case ask(Int, Way, ReplyTo<Int>) }
  enum Cast: Sendable { case answer(Int, ReplyTo<Int>) }
  enum Info: Sendable { case answer(Int, ReplyTo<Int>) }
  struct Crash: Error {}

  let handled: Journal<Int>

  static func initialize(_ argument: Journal<Int>, context: Context) -> Initial { .ok(Self(handled: argument)) }

  func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .ask(let number, let way, let client):
      handled.write(number)
      switch way {
      case .now: return .reply(number * 2, to: client)
      case .afterCast: context.me.cast(.answer(number, client))
      case .afterTimer: context.send(.answer(number, client), after: .milliseconds(number % 7))
      case .twice:
        client.reply(number * 2)
        client.reply(number * 2 + 1)
      case .drop: break
      case .crash: throw Crash()
      case .stop: return .stop(.shutdown, replying: number * 2, to: client)
      case .async:
        await Task.yield()
        return .reply(number * 2, to: client)
      }
      return .noReply
    }
  }

  func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .answer(let number, let client): .reply(number * 2, to: client)
    }
  }

  func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .answer(let number, let client): .reply(number * 2, to: client)
    }
  }
}

/// Calls with time-outs, cancellations, deaths, double and late answers: each has one outcome, which is its own.
enum CallProperty {
  static func holds(_ simulation: Simulation) async throws {
    let handled = Journal<Int>()
    var random = simulation.runtime.randomNumberGenerator
    let isMortal = Bool.random(using: &random)
    let server = try await Oracle.start(handled)
    let mayCrash = isMortal
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<4 {
        group.addTask {
          var random = simulation.runtime.randomNumberGenerator
          for turn in 0..<5 {
            let number = client * 100 + turn
            var way = Oracle.Way.allCases.randomElement(using: &random) ?? .now
            if !mayCrash, way == .crash || way == .stop { way = .twice }
            let timeout: Timeout =
              Bool.random(using: &random) ? .milliseconds(Int.random(in: 0..<6, using: &random)) : .infinity
            let isCancelled = Int.random(in: 0..<5, using: &random) == 0
            try await ask(server, number, way, timeout, isCancelled: isCancelled, mayCrash: mayCrash)
          }
        }
      }
      try await group.waitForAll()
    }
    try check(Set(handled.all).count == handled.all.count, "a request was handled twice: \(handled.all)")
  }

  private static func ask(
    _ server: ServerRef<Oracle>, _ number: Int, _ way: Oracle.Way, _ timeout: Timeout, isCancelled: Bool, mayCrash: Bool
  ) async throws {
    let outcomes = await withTaskGroup(of: Result<Int, CallError>.self) { group in
      group.addTask {
        do throws(CallError) {
          return .success(try await server.call(timeout: timeout) { .ask(number, way, $0) })
        } catch {
          return .failure(error)
        }
      }
      if isCancelled { group.cancelAll() }
      var outcomes: [Result<Int, CallError>] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    try check(outcomes.count == 1, "\(outcomes.count) outcomes")
    for outcome in outcomes {
      switch outcome {
      case .success(let value):
        try check(value == number * 2, "\(number) got \(value)")
        try check(way != .drop && way != .crash, "an answer to \(way)")
      case .failure(.timeout): try check(timeout != .infinity, "a time-out without a limit")
      case .failure(.cancelled): try check(isCancelled, "cancelled by nobody")
      case .failure(.replyDropped): try check(way == .drop, "no reply to \(way)")
      case .failure(.exit), .failure(.noProcess): try check(mayCrash, "an end of a server that lives")
      case .failure(let error): throw Broken("\(error)")
      }
    }
  }
}

@Suite("Calls, simulated", .timeLimit(.minutes(10))) struct CallPropertyTests {
  @Test("Each call has one outcome, which is its own")
  func holds() async throws { try await simulate(seeds: Seeds.all, CallProperty.holds) }
}
