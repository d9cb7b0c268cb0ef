import GenServerKit

extension Row {
  static let latency = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map { name, share in
    Row(
      "latency of a call while 8 senders flood other servers, \(name)",
      ours: {
        let counter = try await Counter.start(0)
        let others = try await counters(8)
        return try await callTime(notExceededBy: share) {
          use(try await counter.increment())
        } flood: { sender in
          for _ in 0..<100 { others[sender].add() }
          _ = try await others[sender].value()
        }
      },
      stream: {
        let counter = StreamCounter()
        let others = (0..<8).map { _ in StreamCounter() }
        return try await callTime(notExceededBy: share) {
          use(await counter.increment())
        } flood: { sender in
          for _ in 0..<100 { others[sender].add() }
          _ = await others[sender].value()
        }
      })
  }
}

/// Times one call after the other while eight tasks repeat `flood`, and returns the time that `share` of them keep to.
///
/// A reading of the clock is part of each time.
@concurrent private func callTime(
  notExceededBy share: Double, _ call: @concurrent @Sendable () async throws -> Void,
  flood: @escaping @concurrent @Sendable (Int) async throws -> Void
) async throws -> Double {
  let senders = Task { @concurrent in
    try await clients(8) { sender in
      while !Task.isCancelled {
        do {
          try await flood(sender)
        } catch {
          // A sender that waits in a call when the measurement ends is cancelled there.
          guard Task.isCancelled else { throw error }
        }
      }
    }
  }
  for _ in 0..<1_000 { try await call() }

  let clock = ContinuousClock()
  let limit = 500_000
  var times: [Duration] = []
  times.reserveCapacity(limit)
  let begin = clock.now
  var last = begin
  while times.count < limit, last - begin < .milliseconds(500) {
    try await call()
    let now = clock.now
    times.append(now - last)
    last = now
  }

  senders.cancel()
  // One that failed earlier left less of a flood than the figure claims.
  try await senders.value
  times.sort()
  return times[Int(Double(times.count) * share)].nanoseconds
}
