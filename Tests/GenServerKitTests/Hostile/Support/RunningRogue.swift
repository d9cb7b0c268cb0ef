import GenServerKit
import GenServerTesting
import Testing

/// A reference to a rogue, whatever its handlers are.
protocol RogueReference: Sendable {
  func ask(_ timeout: Timeout, _ request: (ReplyTo<Payload>) -> RogueCall) async throws(CallError) -> Payload
  @discardableResult func cast(_ cast: RogueCast) -> Delivery
}

extension ServerRef: RogueReference where Server: Rogue {
  func ask(_ timeout: Timeout, _ request: (ReplyTo<Payload>) -> RogueCall) async throws(CallError) -> Payload {
    try await call(timeout: timeout, request)
  }
}

struct RunningRogue: Sendable {
  let pid: PID
  let reference: any RogueReference
  let census: Census

  /// Asks for a deed and returns the number of the answer.
  func ask(_ deed: Deed, _ number: Int = 42, timeout: Timeout = .infinity) async throws(CallError) -> Int {
    let ticket = Payload(number, census)
    let answer = try await reference.ask(timeout) {
      RogueCall(deed: deed, number: number, ticket: ticket, census: census, client: $0)
    }
    answer.received()
    return answer.number
  }

  /// The same in a task, which stands in the call, or has ended, when this returns.
  func begin(_ deed: Deed, _ number: Int = 42, timeout: Timeout = .infinity) -> Task<Int, any Error> {
    Task.immediate { try await ask(deed, number, timeout: timeout) }
  }
}

/// Starts a rogue in a runtime for tests, ends it afterwards, and expects that nothing of any request or answer is left.
func withRogue(
  _ setup: Setup, _ body: (RunningRogue, RoguePlan, TestRuntime) async throws -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let census = Census()
  try await withTestRuntime { test in
    let plan = RoguePlan(elsewhere: Elsewhere())
    let rogue = try await setup.startRogue(plan, census)
    try await body(rogue, plan, test)
    await plan.elsewhere.close()
    rogue.pid.exit(.killed)
    _ = await rogue.pid.waitForExit()
  }
  #expect(await census.isDeserted(), "\(census.living) values are left", sourceLocation: sourceLocation)
  #expect(census.lost == 0, "answers that were taken did not arrive", sourceLocation: sourceLocation)
}
