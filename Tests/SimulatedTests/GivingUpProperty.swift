import GenServerKit
import GenServerTesting
import Testing

private struct Counterfoil: GenServer {
  enum Call: Sendable { case handle(Int, ReplyTo<Int>) }
  enum Cast: Sendable { case handle(Int) }

  let handled: Journal<Int>

  static func initialize(_ argument: Journal<Int>, context: Context) -> Initial { .ok(Self(handled: argument)) }

  func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .handle(let number, let client):
      handled.write(number)
      await Task.yield()
      return .reply(number, to: client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .handle(let number):
      handled.write(number)
      await Task.yield()
      return .noReply
    }
  }
}

/// Senders of all kinds that give up never leave anything in a bounded mailbox, and what they are told is what happened.
enum GivingUpProperty {
  static func holds(_ simulation: Simulation) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let policies: [OverflowPolicy] = [.refuse, .dropOldest, .dropNewest, .wait]
    let policy = policies.randomElement(using: &random) ?? .wait
    let limit = Int.random(in: 1..<4, using: &random)
    let handled = Journal<Int>()
    let server = try await Counterfoil.start(handled, options: [.mailbox(limit: limit, whenFull: policy)])
    let pid = server.pid
    if Bool.random(using: &random) { try await Sys.suspend(server) }
    @Sendable func checkBound() throws {
      let waiting = pid?.snapshot?.mailboxCount ?? 0
      try check(waiting <= limit, "\(waiting) wait where \(limit) may (\(policy))")
    }

    let told = try await withThrowingTaskGroup(of: [(number: Int, isIn: Bool)].self) { group in
      for sender in 0..<3 {
        group.addTask {
          var told: [(number: Int, isIn: Bool)] = []
          for step in 0..<4 {
            let number = sender * 10 + step
            switch (sender + step) % 3 {
            case 0:
              // May time out before its handler begins, or while it runs.
              _ = try? await server.call(timeout: .milliseconds(step)) { .handle(number, $0) } as Int
            case 1:
              // A cast that waits is in, or was taken back.
              do throws(CallError) {
                try await server.cast(.handle(number), whenFull: .wait, timeout: .milliseconds(step))
                told.append((number, true))
              } catch {
                told.append((number, false))
              }
            default:
              let reply: PendingReply<Int> = server.sendRequest { .handle(number, $0) }
              await Task.yield()
              reply.cancel()
            }
            try checkBound()
          }
          return told
        }
      }
      return try await group.reduce([], +)
    }
    try checkBound()
    // Whatever is left are casts that came in.
    try await Sys.resume(server)
    await simulation.settle()
    let numbers = handled.all
    try check(Set(numbers).count == numbers.count, "handled twice: \(numbers)")
    for (number, isIn) in told {
      let isHandled = numbers.contains(number)
      if !isIn { try check(!isHandled, "\(number) was taken back, and handled all the same") }
      // Only a policy that lets go of the oldest one lets go of a message that was in.
      if isIn, policy != .dropOldest { try check(isHandled, "\(number) was let in, and never handled") }
    }
    try check(pid?.snapshot?.mailboxCount == 0, "messages are left")
    try check(server.cast(.handle(99)) == .enqueued, "no room, and nothing waits")
  }
}

@Suite("Senders that give up, simulated", .timeLimit(.minutes(10))) struct GivingUpPropertyTests {
  @Test("A bounded mailbox holds nothing of them, and they are told what happened")
  func holds() async throws { try await simulate(seeds: Seeds.all, GivingUpProperty.holds) }
}
