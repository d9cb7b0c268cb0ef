import GenServerKit
import GenServerTesting
import Testing

private struct Bucket: GenServer {
  enum Cast: Sendable { case drop(sender: Int, number: Int) }

  let drops: Journal<(sender: Int, number: Int)>

  static func initialize(_ argument: Journal<(sender: Int, number: Int)>, context: Context) -> Initial {
    .ok(Self(drops: argument))
  }

  func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .drop(let sender, let number):
      drops.write((sender, number))
      if number % 3 == 0 { await Task.yield() }
      return .noReply
    }
  }
}

/// A bounded mailbox keeps its bound and each sender's order, and loses only what its policy says.
enum MailboxProperty {
  static func holds(_ simulation: Simulation) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let policies: [OverflowPolicy] = [.refuse, .dropOldest, .dropNewest, .wait]
    let policy = policies.randomElement(using: &random) ?? .wait
    let limit = Int.random(in: 1..<4, using: &random)
    let drops = Journal<(sender: Int, number: Int)>()
    let bucket = try await Bucket.start(drops, options: [.mailbox(limit: limit, whenFull: policy)])
    let senders = 3
    let count = 6
    let taken = try await withThrowingTaskGroup(of: Int.self) { group in
      for sender in 0..<senders {
        group.addTask {
          var taken = 0
          for number in 0..<count {
            let drop = Bucket.Cast.drop(sender: sender, number: number)
            if policy == .wait {
              try await bucket.cast(drop, whenFull: .wait)
              taken += 1
            } else if bucket.cast(drop) == .enqueued {
              taken += 1
            }
            if number % 2 == 0 { await Task.yield() }
            let waiting = bucket.pid?.snapshot?.mailboxCount ?? 0
            // What waits for room is not in it.
            try check(waiting <= limit, "\(waiting) wait where \(limit) may")
          }
          return taken
        }
      }
      return try await group.reduce(0, +)
    }
    await simulation.settle()
    let all = drops.all
    for sender in 0..<senders {
      let numbers = all.filter { $0.sender == sender }.map(\.number)
      try check(numbers == numbers.sorted(), "of sender \(sender) came \(numbers)")
      if policy == .wait { try check(numbers == Array(0..<count), "lost of sender \(sender): \(numbers)") }
    }
    if policy == .dropOldest {
      try check(all.count <= taken, "\(all.count) of \(taken)")
    } else {
      try check(all.count == taken, "\(all.count) of the \(taken) that were taken (\(policy))")
    }
  }
}

@Suite("Mailboxes, simulated", .timeLimit(.minutes(10))) struct MailboxPropertyTests {
  @Test("A bounded mailbox loses only what its policy says")
  func holds() async throws { try await simulate(seeds: Seeds.all, MailboxProperty.holds) }
}
