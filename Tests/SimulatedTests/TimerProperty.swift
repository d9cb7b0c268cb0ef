import GenServerKit
import GenServerTesting
import Testing

/// Timers that are set, read and cancelled at random: what was cancelled never comes, all else comes once and in order.
enum TimerProperty {
  static func holds(_ simulation: Simulation) async throws {
    try await withProcess { process in
      var random = simulation.runtime.randomNumberGenerator
      var armed: [(number: Int, due: Int, timer: TimerReference)] = []
      var expected: [(number: Int, due: Int)] = []
      var now = 0
      for number in 0..<20 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0..<3:
          let delay = Int.random(in: 0..<5, using: &random)
          armed.append((number, now + delay, process.send(number, after: .milliseconds(delay))))
        case 3:
          guard let index = armed.indices.randomElement(using: &random) else { continue }
          let (number, due, timer) = armed.remove(at: index)
          let isOpen = timer.remaining != nil
          let left = timer.cancel()
          try check(isOpen == (left != nil), "read as \(isOpen), cancelled as \(String(describing: left))")
          if let left {
            try check(left == .milliseconds(due - now), "\(left) was left of \(due - now)")
          } else {
            expected.append((number, due))
          }
        default:
          let step = Int.random(in: 0..<4, using: &random)
          now += step
          await simulation.advance(by: .milliseconds(step))
        }
      }
      await simulation.advance(by: .milliseconds(10))
      expected += armed.map { ($0.number, $0.due) }
      var found: [Int] = []
      while let number = try await process.receive(Int.self, timeout: .seconds(0)) { found.append(number) }
      try check(found.sorted() == expected.map(\.number).sorted(), "\(found.sorted()) came, not \(expected)")
      let dues = found.compactMap { number in expected.first { $0.number == number }?.due }
      try check(dues == dues.sorted(), "they came at \(dues)")
    }
  }
}

@Suite("Timers, simulated", .timeLimit(.minutes(10))) struct TimerPropertyTests {
  @Test("What was cancelled never comes, all else comes once and in order")
  func holds() async throws { try await simulate(seeds: Seeds.all, TimerProperty.holds) }
}
