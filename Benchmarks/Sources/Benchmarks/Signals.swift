import GenServerKit

extension Row {
  /// Links, watches, timers and processes without a server.
  static let signals = [
    Row(
      "monitor + demonitor", bar: .ratio(atLeast: 1.5, aim: 3),
      ours: {
        let counter = try await Counter.start(0)
        return try await withProcess { process async throws in
          try await repeated(500_000) { process.demonitor(process.monitor(counter)) }
        }
      }),

    Row(
      "timer set + cancel", bar: .ratio(atLeast: 3, aim: 6),
      ours: {
        try await withProcess { process async throws in
          try await repeated(500_000) { process.send(0, after: .seconds(60)).cancel() }
        }
      }),

    Row(
      "linked start + stop", bar: .ratio(atLeast: 6, aim: 12),
      ours: {
        try await withProcess { process async throws in
          try await repeated(100_000) { () async throws in try await Counter.startLink(0).stop() }
        }
      }),

    Row(
      "selective receive past 1,000 other messages", bar: .ratio(atLeast: 1.5, aim: 3),
      ours: {
        try await withProcess { process async throws in
          for number in 0..<1000 { process.pid.send(number) }
          return try await repeated(20_000) { () async throws in
            process.pid.send("wanted")
            _ = try await process.receive(String.self)
          }
        }
      }),

    Row(
      "100,000 timers firing, per timer",
      ours: {
        try await withProcess { process async throws in
          try await repeated(2, operations: 100_000) { () async throws in
            for number in 0..<100_000 { process.send(number, after: .milliseconds(1 + number % 10)) }
            for _ in 0..<100_000 { use(try await process.receive(Int.self)) }
          }
        }
      }),
  ]
}

/// Runs `work` so many times to warm up, and again against the clock: nanoseconds per operation.
nonisolated(nonsending) private func repeated(
  _ times: Int, operations: Int = 1, _ work: nonisolated(nonsending) () async throws -> Void
) async throws -> Double {
  for _ in 0..<times { try await work() }
  let clock = ContinuousClock()
  let begin = clock.now
  for _ in 0..<times { try await work() }
  return (clock.now - begin).nanoseconds / Double(times * operations)
}
