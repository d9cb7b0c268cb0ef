import GenServerKit
import GenServerTesting
import Testing

@testable import Examples

@Suite struct JobQueueTests {
  @Test func noMoreThanTheLimitRunAtOnce() async throws {
    try await withTestRuntime { _ in
      let gate = try await Gate.start()
      let queue = try await JobQueue<Int>.start(2)
      let jobs = (1...3).map { number in
        queue.sendRequest {
          .run(
            {
              try await gate.pass()
              return number
            }, $0)
        }
      }
      try await gate.arrivals(2)
      #expect(try await queue.status() == .init(waiting: 1, running: 2, done: 0))
      gate.open()
      for (job, number) in zip(jobs, 1...3) { #expect(try await job.value().get() == number) }
      try await queue.drain()
      #expect(try await queue.status() == .init(waiting: 0, running: 0, done: 3))
    }
  }

  @Test func aJobThatNobodyWaitsForIsSkipped() async throws {
    try await withTestRuntime { _ in
      let gate = try await Gate.start()
      let queue = try await JobQueue<Void>.start(1)
      let first = queue.sendRequest { .run({ try await gate.pass() }, $0) }
      let second = queue.sendRequest { .run({ Issue.record("the second job ran") }, $0) }
      try await gate.arrivals(1)
      second.cancel()
      gate.open()
      try await first.value().get()
      try await queue.drain()
      #expect(try await queue.status() == .init(waiting: 0, running: 0, done: 1))
    }
  }

  @Test func aJobCanFail() async throws {
    struct Failure: Error {}
    try await withTestRuntime { _ in
      let queue = try await JobQueue<Int>.start(1)
      await #expect(throws: Failure.self) { try await queue.run { throw Failure() } }
      #expect(try await queue.run { 2 } == 2)
    }
  }
}
