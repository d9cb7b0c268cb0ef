import GenServerKit
import GenServerTesting
import Testing

/// Watches those who wait for its answers, which it gives later or never.
private struct Counter: GenServer {
  enum Note: Equatable, Sendable {
    case came(Int)
    case left(Int)
    case next(Int)
  }

  enum Call: Sendable { case wait(Int, answerAfter: Duration?, ReplyTo<Int>) }
  enum Cast: Sendable { case next(Int) }
  enum Info: Sendable {
    case left(Int)
    case answer(Int, ReplyTo<Int>)
  }

  let notes: Journal<Note>

  static func initialize(_ notes: Journal<Note>, context: Context) -> Initial { .ok(Self(notes: notes)) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .wait(let number, let delay, let client):
      notes.write(.came(number))
      context.monitor(client) { _ in .left(number) }
      // One that is never answered is kept by its timer.
      context.send(.answer(number, client), after: delay ?? .seconds(3600))
    }
    return .noReply
  }

  func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .next(let number): notes.write(.next(number))
    }
    return .noReply
  }

  func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .left(let number): notes.write(.left(number))
    case .answer(let number, let client): client.reply(number)
    }
    return .noReply
  }
}

/// Asks without waiting, and goes on when it has heard.
private struct Visitor: GenServer {
  enum Cast: Sendable { case visit(Int, answerAfter: Duration?) }
  enum Info: Sendable { case heard(Int, Result<Int, CallError>) }

  let counter: ServerRef<Counter>
  let outcomes: Journal<(Int, Bool)>

  static func initialize(
    _ argument: (counter: ServerRef<Counter>, outcomes: Journal<(Int, Bool)>), context: Context
  ) -> Initial { .ok(Self(counter: argument.counter, outcomes: argument.outcomes)) }

  func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .visit(let number, let delay):
      let heard: @Sendable (Result<Int, CallError>) -> Info = { .heard(number, $0) }
      context.request(counter, timeout: .milliseconds(2), as: heard) { .wait(number, answerAfter: delay, $0) }
    }
    return .noReply
  }

  func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .heard(let number, let result):
      if case .success = result { outcomes.write((number, true)) } else { outcomes.write((number, false)) }
      counter.cast(.next(number))
    }
    return .noReply
  }
}

/// Callers that give up, by time-out or cancellation, are watched: the message of that comes before whatever they do next,
/// and there is none where the answer came.
enum ClientProperty {
  static func holds(_ simulation: Simulation) async throws {
    let notes = Journal<Counter.Note>()
    let outcomes = Journal<(Int, Bool)>()
    let counter = try await Counter.start(notes)
    let visitor = try await Visitor.start((counter, outcomes))
    await withTaskGroup(of: Void.self) { group in
      for client in 0..<3 {
        group.addTask {
          var random = simulation.runtime.randomNumberGenerator
          for turn in 0..<4 {
            let number = client * 100 + turn
            let delay: Duration? =
              Bool.random(using: &random) ? nil : .milliseconds(Int.random(in: 0..<4, using: &random))
            if client == 0 {
              visitor.cast(.visit(number, answerAfter: delay))
              if Bool.random(using: &random) { await simulation.advance(by: .milliseconds(1)) }
            } else {
              let isCancelled = Bool.random(using: &random)
              let isAnswered = await call(counter, number, delay, isCancelled: isCancelled)
              outcomes.write((number, isAnswered))
            }
          }
        }
      }
    }
    await simulation.advance(by: .seconds(1))
    try check(outcomes.all.count == 12, "\(outcomes.all.count) outcomes")
    for (number, isAnswered) in outcomes.all {
      let own = notes.all.filter { [.came(number), .left(number), .next(number)].contains($0) }
      // The request of one who gave up before its turn is skipped.
      let expected: [Counter.Note] =
        if isAnswered {
          [.came(number), .next(number)]
        } else if own.contains(.came(number)) {
          [.came(number), .left(number), .next(number)]
        } else {
          [.next(number)]
        }
      try check(own == expected, "answered \(isAnswered), and the server saw \(own)")
    }
  }

  private static func call(
    _ counter: ServerRef<Counter>, _ number: Int, _ delay: Duration?, isCancelled: Bool
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        defer { counter.cast(.next(number)) }
        do throws(CallError) {
          return try await counter.call(timeout: .milliseconds(2)) { .wait(number, answerAfter: delay, $0) } == number
        } catch {
          return false
        }
      }
      if isCancelled {
        // In the middle of it, or before.
        for _ in 0..<(number % 4) { await Task.yield() }
        group.cancelAll()
      }
      return await group.next() ?? false
    }
  }
}

@Suite("Watched clients, simulated", .timeLimit(.minutes(10))) struct ClientPropertyTests {
  @Test("The message of a client that gave up is there before the client goes on")
  func holds() async throws { try await simulate(seeds: Seeds.all, ClientProperty.holds) }
}
