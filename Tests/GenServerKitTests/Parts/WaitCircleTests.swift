import GenServerKit
import GenServerTesting
import Testing

/// A server that calls the next one, which calls the next one, and so on.
private struct CircleMember: GenServer {
  enum Call: Sendable {
    case follow([ServerRef<CircleMember>], ReplyTo<Result<String, CallError>>)
    case deferred(PuppetPromise<ReplyTo<String>>, ReplyTo<String>)
    case relay(ServerRef<CircleMember>, PuppetPromise<ReplyTo<String>>, ReplyTo<Result<String, CallError>>)
  }
  enum Cast: Sendable { case follow([ServerRef<CircleMember>], PuppetPromise<Result<String, CallError>>) }

  static func initialize(_: Void, context: Context) async -> Initial { .ok(Self()) }

  func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .follow(let path, let client):
      return .reply(await follow(path), to: client)
    case .deferred(let promise, let client):
      promise.fulfil(client)
      return .noReply
    case .relay(let other, let promise, let client):
      do throws(CallError) {
        let text = try await other.call { .deferred(promise, $0) }
        return .reply(.success(text), to: client)
      } catch {
        return .reply(.failure(error), to: client)
      }
    }
  }

  func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .follow(let path, let promise): promise.fulfil(await follow(path))
    }
    return .noReply
  }

  private func follow(_ path: [ServerRef<CircleMember>]) async -> Result<String, CallError> {
    guard let next = path.first else { return .success("end") }
    do throws(CallError) {
      return try await next.call(timeout: .infinity) { .follow(Array(path.dropFirst()), $0) }
    } catch {
      return .failure(error)
    }
  }
}

@Suite("Circles of waiting processes", .timeLimit(.minutes(1))) struct WaitCircleTests {
  private func members(_ count: Int, _ lending: PuppetLending) async throws -> [ServerRef<CircleMember>] {
    var members: [ServerRef<CircleMember>] = []
    for _ in 0..<count { members.append(try await CircleMember.start(options: [lending.option])) }
    return members
  }

  /// Expects that the outcome names the circle, beginning with whoever was refused. That is the last one where each waits
  /// before the next one calls, and another one where calls that lend are still on their way.
  private func expectCircle(
    _ members: [ServerRef<CircleMember>], _ outcome: Result<String, CallError>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard case .failure(let error) = outcome, case .deadlock(let circle, let details) = error else {
      Issue.record("no circle was found: \(outcome)", sourceLocation: sourceLocation)
      return
    }
    let pids = members.compactMap(\.pid)
    let start = try #require(circle.first.flatMap { pids.firstIndex(of: $0) }, sourceLocation: sourceLocation)
    #expect(circle == Array(pids[start...] + pids[..<start]), sourceLocation: sourceLocation)
    #expect(details.caller == circle.first, sourceLocation: sourceLocation)
  }

  @Test(
    "A call that would close a circle fails at once and names the whole circle", arguments: [2, 3, 5, 20],
    PuppetLending.allCases)
  func circle(length: Int, lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let members = try await members(length, lending)
      let path = Array(members.dropFirst()) + [members[0]]
      // Nobody is left waiting: the circle can be walked again.
      for _ in 1...3 {
        let outcome = try await members[0].call(timeout: .infinity) { .follow(path, $0) }
        try expectCircle(members, outcome)
      }
    }
  }

  @Test("A circle that does not go through the first server names its members only", arguments: PuppetLending.allCases)
  func tail(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let members = try await members(4, lending)
      let path = [members[1], members[2], members[3], members[1]]
      let outcome = try await members[0].call(timeout: .infinity) { .follow(path, $0) }
      try expectCircle(Array(members.dropFirst()), outcome)
    }
  }

  @Test("A long chain without a circle ends well", arguments: PuppetLending.allCases)
  func chain(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let members = try await members(30, lending)
      let outcome = try await members[0].call(timeout: .infinity) { .follow(Array(members.dropFirst()), $0) }
      #expect(outcome == .success("end"))
    }
  }

  @Test("Two that call each other at the same moment: one finds the circle", arguments: PuppetLending.allCases)
  func atTheSameMoment(lending: PuppetLending) async throws {
    try await withRuntime(Runtime()) { () async throws in
      let members = try await members(2, lending)
      for _ in 0..<30 {
        let first = PuppetPromise<Result<String, CallError>>()
        let second = PuppetPromise<Result<String, CallError>>()
        members[0].cast(.follow([members[1]], first))
        members[1].cast(.follow([members[0]], second))
        let outcomes = [await first.value(), await second.value()]
        for outcome in outcomes {
          switch outcome {
          case .success("end"), .failure(.deadlock): break
          default: Issue.record("neither an answer nor a circle: \(outcome)")
          }
        }
        // At most one of them fails: when it has, the other one gets its answer.
        #expect(outcomes.contains(.success("end")))
      }
      for member in members { try await member.stop() }
    }
  }

  @Test("Who waits for an answer that was put off may be called by whoever gives it", arguments: PuppetLending.allCases)
  func deferredAnswer(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let members = try await members(2, lending)
      let promise = PuppetPromise<ReplyTo<String>>()
      let outcome = Task.immediate {
        try await members[0].call { .relay(members[1], promise, $0) }
      }
      let client = await promise.take()
      // The first one waits for the second, whose handler has returned: nobody knows who will answer.
      let back = Task.immediate { () async throws -> Result<String, CallError> in
        try await members[1].call { .follow([members[0]], $0) }
      }
      // The second one is asked by a task, and its call lies in the mailbox of the first.
      #expect(client.reply("later"))
      #expect(try await outcome.value == .success("later"))
      #expect(try await back.value == .success("end"))
    }
  }

  @Test("A wait that is over does not count", arguments: PuppetLending.allCases)
  func overIsOver(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let silent = try await CircleMember.start(options: [lending.option])
      let asker = try await AsyncPuppet.start(options: [lending.option])
      let kept = PuppetPromise<ReplyTo<String>>()
      let first = Task.immediate {
        try await asker.askAsync(timeout: .infinity) { _, _ -> CallError? in
          do throws(CallError) {
            _ = try await silent.call(timeout: .seconds(1)) { .deferred(kept, $0) }
            return nil
          } catch {
            return error
          }
        }
      }
      await test.clock.waitForTimers()
      await test.clock.advance(by: .seconds(1))
      #expect(try await first.value == .timeout())
      // The asker waits for nobody now: it may be called by whom it asked before.
      let back = try await silent.call { (client: ReplyTo<Result<String, CallError>>) in .follow([], client) }
      #expect(back == .success("end"))
      #expect(try await asker.ask { _, _ in "well" } == "well")
    }
  }

  @Test("A call without the check waits like any other", arguments: PuppetLending.allCases)
  func withoutCheck(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let a = try await AsyncPuppet.start(options: [lending.option])
      let b = try await AsyncPuppet.start(options: [lending.option])
      let outcome = Task.immediate {
        try await a.askAsync(timeout: .infinity) { _, _ in
          try await b.askAsync(timeout: .infinity) { _, _ -> CallError? in
            do throws(CallError) {
              return try await a.call(timeout: .seconds(2), detectsDeadlock: false) { (client: ReplyTo<CallError?>) in
                AsyncPuppet.called { _, _ in .reply(nil, to: client) }
              }
            } catch {
              return error
            }
          }
        }
      }
      await test.clock.waitForTimers()
      await test.clock.advance(by: .seconds(2))
      #expect(try await outcome.value == .timeout())
    }
  }

  @Test("A stop that would close a circle fails too")
  func stop() async throws {
    try await withTestRuntime { _ in
      // A type that has earned lending in another test would find the circle at its other end, in the call.
      let a = try await AsyncPuppet.start(options: [.callsInPlace(.never)])
      let b = try await AsyncPuppet.start(options: [.callsInPlace(.never)])
      let outcome = try await a.askAsync { _, _ in
        try await b.askAsync { _, _ -> CallError? in
          do throws(CallError) {
            try await a.stop()
            return nil
          } catch {
            return error
          }
        }
      }
      #expect(outcome == .deadlock([try #require(b.pid), try #require(a.pid)]))
      #expect(a.isAlive)
    }
  }

  @Test("An initialize that calls who starts it closes a circle", arguments: PuppetLending.allCases)
  func start(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let parent = try await AsyncPuppet.start(options: [lending.option])
      let outcome = try await parent.askAsync { _, context -> StartError? in
        let parent = context.me
        do throws(StartError) {
          _ = try await CircleChild.start(parent)
          return nil
        } catch {
          return error
        }
      }
      guard case .failed(.failure(let error))? = outcome, case .deadlock(let circle, _)? = error as? CallError else {
        Issue.record("no circle was found: \(String(describing: outcome))")
        return
      }
      #expect(circle.count == 2)
      #expect(circle.last == parent.pid)
    }
  }
}

/// Calls its parent while it starts.
private struct CircleChild: GenServer {
  static func initialize(_ parent: ServerRef<AsyncPuppet>, context: Context) async throws -> Initial {
    _ = try await parent.ask(timeout: .infinity) { _, _ in 1 }
    return .ok(Self())
  }
}
