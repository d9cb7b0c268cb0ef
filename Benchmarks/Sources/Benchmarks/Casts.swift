import GenServerKit

private let burst = 300_000
private let bursts = 3

extension Row {
  static let casts = [
    Row(
      "cast until handled, 1 sender", bar: .ratio(atLeast: 2.5, aim: 4.5),
      ours: {
        let counter = try await Counter.start(0)
        let figure = try await nanoseconds(burst * bursts) { _ in
          for _ in 0..<bursts {
            for _ in 0..<burst { counter.add() }
            _ = try await counter.within(.seconds(60)).value()
          }
        }
        try expect(try await counter.value(), 2 * burst * bursts)
        return figure
      },
      stream: {
        let counter = StreamCounter()
        let figure = try await nanoseconds(burst) { n in
          for _ in 0..<n { counter.add() }
          _ = await counter.value()
        }
        try expect(await counter.value(), 2 * burst)
        return figure
      }),

    Row(
      "cast until handled, 8 senders", bar: .ratio(atLeast: 3.5, aim: 6),
      ours: {
        let counter = try await Counter.start(0)
        let figure = try await nanoseconds(burst * bursts) { _ in
          for _ in 0..<bursts {
            try await clients(8) { _ in
              for _ in 0..<(burst / 8) { counter.add() }
            }
            _ = try await counter.within(.seconds(60)).value()
          }
        }
        try expect(try await counter.value(), 2 * burst * bursts)
        return figure
      },
      stream: {
        let counter = StreamCounter()
        let figure = try await nanoseconds(burst) { n in
          try await clients(8) { _ in
            for _ in 0..<(n / 8) { counter.add() }
          }
          _ = await counter.value()
        }
        try expect(await counter.value(), 2 * burst)
        return figure
      }),
  ]
}
