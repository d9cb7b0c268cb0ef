import GenServerKit
import GenServerTesting
import Testing

/// Passes a call on to the next one, if there is one; else lets somebody else run and answers.
private struct Crosser: GenServer {
  enum Call: Sendable {
    case pass(ReplyTo<Int>)
    case deadline(ReplyTo<Duration?>)
    case nextDeadline(Crosser.Ref, ReplyTo<Duration?>)
  }
  enum Cast: Sendable { case next(Crosser.Ref) }

  var next: Crosser.Ref?

  static func initialize(_ next: Crosser.Ref?, context: Context) -> Initial { .ok(Crosser(next: next)) }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .pass(let client):
      guard let next else {
        await Task.yield()
        return .reply(1, to: client)
      }
      return .reply(try await next.call(timeout: .infinity) { .pass($0) } + 1, to: client)
    case .deadline(let client):
      return .reply(context.deadline.map { context.now.duration(to: $0) }, to: client)
    case .nextDeadline(let next, let client):
      return .reply(try await next.call(timeout: .inherited) { .deadline($0) }, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .next(let next): self.next = next
    }
    return .noReply
  }
}

@Suite("Servers of two runtimes", .timeLimit(.minutes(1))) struct AcrossRuntimesTests {
  private func relay(in runtime: Runtime, to next: Crosser.Ref? = nil, _ lending: PuppetLending = .never) async throws
    -> Crosser.Ref
  {
    try await withRuntime(runtime) { () async throws in try await Crosser.start(next, options: [lending.option]) }
  }

  /// The caller's side of a wait belongs to one runtime and the callee's to the other: both touch the marks.
  @Test("Chains of calls through both run side by side", arguments: [false, true])
  func chains(isOneRuntime: Bool) async throws {
    let first = Runtime()
    let second = isOneRuntime ? first : Runtime()
    let last = try await relay(in: second)
    let middle = try await relay(in: first, to: last)
    var tops: [Crosser.Ref] = []
    for _ in 0..<8 { tops.append(try await relay(in: first, to: middle)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for top in tops {
        group.addTask { () async throws in
          for _ in 0..<200 {
            let hops = try await top.call(timeout: .infinity) { .pass($0) }
            #expect(hops == 3)
          }
        }
      }
      try await group.waitForAll()
    }
    try await first.shutdown()
    try await second.shutdown()
  }

  @Test("A circle that goes through both is found")
  func circle() async throws {
    let (one, other) = (Runtime(), Runtime())
    let first = try await relay(in: one)
    let second = try await relay(in: other, to: first)
    first.cast(.next(second))
    do throws(CallError) {
      _ = try await first.call(timeout: .infinity) { .pass($0) }
      Issue.record("The circle was closed.")
    } catch {
      // The last one's call fails, and with it the first one's.
      guard case .failure(CallError.exit(.failure(CallError.deadlock(let circle, _)), _))? = error.exitReason else {
        Issue.record("\(error)")
        return
      }
      #expect(circle == [second.pid, first.pid])
    }
    try await one.shutdown()
    try await other.shutdown()
  }

  @Test("What is left of a time is the same on another runtime's clock", arguments: PuppetLending.allCases)
  func deadline(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let real = Runtime()
      let outside = try await relay(in: real, lending)
      let inside = try await Crosser.start(nil, options: [lending.option])
      // From the clock that stands still to the one that goes, and back.
      let there = try #require(try await inside.call(timeout: .seconds(100)) { .nextDeadline(outside, $0) })
      #expect(there <= .seconds(100) && there > .seconds(50))
      let back = try #require(try await outside.call(timeout: .seconds(100)) { .nextDeadline(inside, $0) })
      #expect(back <= .seconds(100) && back > .seconds(50))
      let until = try #require(
        try await outside.call(timeout: .until(test.clock.now + .seconds(100))) { .deadline($0) })
      #expect(until <= .seconds(100) && until > .seconds(50))
      try await real.shutdown()
    }
  }
}
