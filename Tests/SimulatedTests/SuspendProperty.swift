import GenServerKit
import GenServerTesting
import Synchronization
import Testing

private struct Worker: GenServer {
  enum Call: Sendable { case work(Int, ReplyTo<Int>) }

  let isPaused: Flag
  let broken: Journal<Int>

  static func initialize(_ argument: (Flag, Journal<Int>), context: Context) -> Initial {
    .ok(Self(isPaused: argument.0, broken: argument.1))
  }

  func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .work(let number, let client):
      if isPaused.value { broken.write(number) }
      if number % 2 == 0 { await Task.yield() }
      return .reply(number, to: client)
    }
  }
}

private final class Flag: Sendable {
  private let flag = Atomic(false)
  var value: Bool { flag.load(ordering: .acquiring) }
  func set(_ value: Bool) { flag.store(value, ordering: .releasing) }
}

/// While a server is suspended no handler runs, and what came meanwhile is answered afterwards.
enum SuspendProperty {
  static func holds(_ simulation: Simulation) async throws {
    let isPaused = Flag()
    let broken = Journal<Int>()
    let worker = try await Worker.start((isPaused, broken))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for _ in 0..<3 {
          try await Sys.suspend(worker)
          isPaused.set(true)
          for _ in 0..<4 { await Task.yield() }
          isPaused.set(false)
          try await Sys.resume(worker)
          await Task.yield()
        }
      }
      for client in 0..<3 {
        group.addTask {
          for turn in 0..<4 {
            let number = client * 10 + turn
            let answer = try await worker.call(timeout: .infinity) { .work(number, $0) }
            try check(answer == number, "\(number) got \(answer)")
          }
        }
      }
      try await group.waitForAll()
    }
    try check(broken.all.isEmpty, "handled while suspended: \(broken.all)")
  }
}

@Suite("Suspension, simulated", .timeLimit(.minutes(10))) struct SuspendPropertyTests {
  @Test("A suspended server handles nothing, and everything afterwards")
  func holds() async throws { try await simulate(seeds: Seeds.all, SuspendProperty.holds) }
}
