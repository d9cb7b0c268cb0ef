import GenServerKit

extension Row {
  static let lives = [
    Row(
      "start + stop", bar: .ratio(atLeast: 10, aim: 18),
      ours: {
        try await nanoseconds(100_000) { n in
          for counter in try await counters(n) { try await counter.stop() }
        }
      },
      stream: {
        try await nanoseconds(100_000) { n in
          for counter in (0..<n).map({ _ in StreamCounter() }) { await counter.stop() }
        }
      })
  ]
}
