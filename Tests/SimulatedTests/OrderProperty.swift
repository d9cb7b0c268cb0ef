import GenServerKit
import GenServerTesting
import Testing

/// What one process sends to another, messages and signals, arrives in the order in which it was sent.
enum OrderProperty {
  private struct Note: Sendable {
    let sender: Int
    let number: Int
  }

  static func holds(_ simulation: Simulation) async throws {
    let count = 6
    let senders = 3
    try await withProcess { receiver in
      receiver.trapExits()
      let target = receiver.pid
      for sender in 0..<senders {
        receiver.spawnLink { _ in
          for number in 0..<count {
            target.send(Note(sender: sender, number: number))
            if number % 2 == 0 { await Task.yield() }
          }
        }
      }
      var next = [Int](repeating: 0, count: senders)
      var ends = 0
      while ends < senders {
        let message = try await receiver.receive()
        if let note = message as? Note {
          try check(next[note.sender] == note.number, "\(note) came when \(next[note.sender]) was next")
          next[note.sender] += 1
        } else if let exit = message as? Exit {
          try check(exit.reason == .normal, "\(exit.reason)")
          ends += 1
        }
      }
      // The end of each comes after all that it has sent.
      try check(next == [Int](repeating: count, count: senders), "only \(next) had come")
    }
  }
}

@Suite("Order, simulated", .timeLimit(.minutes(10))) struct OrderPropertyTests {
  @Test("Messages and signals of one process to another keep their order")
  func holds() async throws { try await simulate(seeds: Seeds.all, OrderProperty.holds) }
}
