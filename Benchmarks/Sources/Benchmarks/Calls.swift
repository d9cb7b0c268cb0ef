import GenServerKit

extension Row {
  static let calls = [
    Row(
      "call, 1 client, plain handler", bar: .ratio(atLeast: 9, aim: 14),
      ours: {
        let counter = try await Counter.start(0)
        return try await nanoseconds(1_000_000) { n in
          for _ in 0..<n { use(try await counter.increment()) }
        }
      },
      actor: {
        let counter = ActorCounter()
        return try await nanoseconds(1_000_000) { n in
          for _ in 0..<n { use(await counter.increment()) }
        }
      },
      stream: callsOfStream),

    Row(
      "call, 1 client, async handler that does not suspend", bar: .ratio(atLeast: 2.5, aim: 5),
      ours: {
        let counter = try await AsyncCounter.start(0)
        return try await nanoseconds(500_000) { n in
          for _ in 0..<n { use(try await counter.increment()) }
        }
      },
      actor: {
        let counter = ActorCounter()
        return try await nanoseconds(1_000_000) { n in
          for _ in 0..<n { use(await counter.incrementInAsyncMethod()) }
        }
      },
      // The body of such a loop is async in any case.
      stream: callsOfStream),

    Row(
      "64 clients on 1 server, plain", bar: .ratio(atLeast: 5, aim: 8),
      ours: {
        let counter = try await Counter.start(0)
        let figure = try await nanoseconds(64 * 10_000) { n in
          try await clients(64) { _ in
            for _ in 0..<(n / 64) { use(try await counter.increment()) }
          }
        }
        try expect(try await counter.value(), 2 * 64 * 10_000)
        return figure
      },
      actor: {
        let counter = ActorCounter()
        return try await nanoseconds(64 * 10_000) { n in
          try await clients(64) { _ in
            for _ in 0..<(n / 64) { use(await counter.increment()) }
          }
        }
      },
      stream: {
        let counter = StreamCounter()
        return try await nanoseconds(64 * 3_000) { n in
          try await clients(64) { _ in
            for _ in 0..<(n / 64) { use(await counter.increment()) }
          }
        }
      }),

    Row(
      "64 clients on 64 servers, plain", bar: .ratio(atLeast: 18, aim: 30),
      ours: {
        let counters = try await counters(64)
        let figure = try await nanoseconds(64 * 30_000) { n in
          try await clients(64) { client in
            let counter = counters[client]
            for _ in 0..<(n / 64) { use(try await counter.increment()) }
          }
        }
        for counter in counters { try expect(try await counter.value(), 2 * 30_000) }
        return figure
      },
      actor: {
        let counters = (0..<64).map { _ in ActorCounter() }
        return try await nanoseconds(64 * 30_000) { n in
          try await clients(64) { client in
            let counter = counters[client]
            for _ in 0..<(n / 64) { use(await counter.increment()) }
          }
        }
      },
      stream: {
        let counters = (0..<64).map { _ in StreamCounter() }
        return try await nanoseconds(64 * 3_000) { n in
          try await clients(64) { client in
            let counter = counters[client]
            for _ in 0..<(n / 64) { use(await counter.increment()) }
          }
        }
      }),

    Row(
      "call, queued (lending off)",
      ours: {
        let counter = try await Counter.start(0, options: [.callsInPlace(.never)])
        return try await nanoseconds(100_000) { n in
          for _ in 0..<n { use(try await counter.increment()) }
        }
      },
      stream: callsOfStream),

    Row(
      "call, async handler that suspends once",
      ours: {
        let counter = try await AsyncCounter.start(0)
        return try await nanoseconds(50_000) { n in
          for _ in 0..<n { use(try await counter.incrementAfterYield()) }
        }
      },
      actor: {
        let counter = ActorCounter()
        return try await nanoseconds(100_000) { n in
          for _ in 0..<n { use(await counter.incrementAfterYield()) }
        }
      },
      stream: {
        let counter = StreamCounter()
        return try await nanoseconds(50_000) { n in
          for _ in 0..<n { use(await counter.incrementAfterYield()) }
        }
      }),
  ]

  @concurrent private static func callsOfStream() async throws -> Double {
    let counter = StreamCounter()
    return try await nanoseconds(200_000) { n in
      for _ in 0..<n { use(await counter.increment()) }
    }
  }
}

func counters(_ count: Int) async throws -> [ServerRef<Counter>] {
  var counters: [ServerRef<Counter>] = []
  for _ in 0..<count { counters.append(try await Counter.start(0)) }
  return counters
}
