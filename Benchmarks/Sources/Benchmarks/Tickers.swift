import Foundation
import GenServerKit

extension Row {
  static let tickers = [
    Row(
      "lateness of a 1 ms ticker while two tasks loop over calls", bar: .atMost(10_000_000),
      ours: {
        let counters = try await counters(2)
        return try await worstLateness { end in
          try await clients(2) { client in
            let counter = counters[client]
            while ContinuousClock.now < end {
              for _ in 0..<100 { use(try await counter.increment()) }
            }
          }
        }
      },
      actor: {
        let counters = [ActorCounter(), ActorCounter()]
        return try await worstLateness { end in
          try await clients(2) { client in
            let counter = counters[client]
            while ContinuousClock.now < end {
              for _ in 0..<100 { use(await counter.increment()) }
            }
          }
        }
      },
      stream: {
        let counters = [StreamCounter(), StreamCounter()]
        return try await worstLateness { end in
          try await clients(2) { client in
            let counter = counters[client]
            while ContinuousClock.now < end {
              for _ in 0..<100 { use(await counter.increment()) }
            }
          }
        }
      }),

    Row(
      "lateness of a 1 ms ticker while two handlers block for 300 ms", bar: .atMost(30_000_000),
      ours: {
        let blockers = [try await Blocker.start(), try await Blocker.start()]
        return try await worstLateness { _ in
          for blocker in blockers { blocker.block() }
          for blocker in blockers { try await blocker.wait() }
        }
      },
      actor: {
        let blockers = [ActorCounter(), ActorCounter()]
        return try await worstLateness { _ in
          try await clients(2) { client in await blockers[client].block() }
        }
      },
      stream: {
        let blockers = [StreamCounter(), StreamCounter()]
        return try await worstLateness { _ in
          for blocker in blockers { blocker.block() }
          for blocker in blockers { _ = await blocker.value() }
        }
      }),
  ]
}

func blockThread() {
  Thread.sleep(forTimeInterval: 0.3)
}

/// Lets a task sleep for 1 ms again and again while `load` runs, and returns by how much the worst sleep was too long.
///
/// `load` is told when it has to end, if it does not end by itself.
@concurrent private func worstLateness(
  under load: @concurrent @Sendable (ContinuousClock.Instant) async throws -> Void
) async throws -> Double {
  let begin = ContinuousClock.now
  let ticker = Task { @concurrent in
    var worst = Duration.zero
    while ContinuousClock.now < begin + .milliseconds(450) {
      let due = ContinuousClock.now + .milliseconds(1)
      try await Task.sleep(until: due, clock: .continuous)
      worst = max(worst, ContinuousClock.now - due)
    }
    return worst
  }
  // The ticker runs before the load does: a load that keeps it from starting would otherwise go unnoticed.
  try await Task.sleep(for: .milliseconds(20))
  try await load(begin + .milliseconds(420))
  return try await ticker.value.nanoseconds
}
