import Foundation
import GenServerTesting
import Synchronization
import Testing

@testable import GenServerKit

private func currentThread() -> UInt { UInt(bitPattern: Int(pthread_self())) }

/// A scheduler that is asked before each call whether its caller may run it.
private final class AskedScheduler: Scheduler, @unchecked Sendable {
  // Unchecked: touched under the lock only, which is the library's, as the thread sanitizer does not see `Mutex` on Linux.
  private let lock = Lock()
  private var answers: [Bool]
  let asked = Atomic<Int>(0)

  init(_ answers: [Bool]) { self.answers = answers }

  var decidesLending: Bool { true }

  func allowsLending(to process: ProcessCore) -> Bool {
    asked.add(1, ordering: .relaxed)
    return lock.withLock { answers.isEmpty ? false : answers.removeFirst() }
  }

  func submit(_ process: ProcessCore) { WorkerPool.shared.submit(process) }
  func submitBehind(_ process: ProcessCore) { WorkerPool.shared.submitBehind(process) }
}

/// Tells whether its handler runs on the caller's thread.
private struct Whereabouts: GenServer {
  enum Call: Sendable { case thread(ReplyTo<UInt>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Whereabouts()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .thread(let client): .reply(currentThread(), to: client)
    }
  }
}

@Suite("Seams")
struct SeamTests {
  @Test("A scheduler that decides lending is asked before each call, whatever a process has earned")
  func lendingIsAsked() async throws {
    let answers = [true, false, true, true, false, false, true]
    let scheduler = AskedScheduler(answers)
    let runtime = Runtime(timeSource: SystemTimeSource.shared, scheduler: scheduler)
    try await withRuntime(runtime) {
      let server = try await Whereabouts.start()
      var lent: [Bool] = []
      for _ in answers {
        // The call before may still hold the run right, and is nobody to be asked for.
        try await server.fallsIdle()
        let asked = scheduler.asked.load(ordering: .relaxed)
        let here = currentThread()
        lent.append(try await server.call { .thread($0) } == here)
        #expect(scheduler.asked.load(ordering: .relaxed) == asked + 1)
      }
      #expect(lent == answers)
      try await Sys.suspend(server)
      await #expect(throws: CallError.timeout()) { try await server.call(timeout: .milliseconds(0)) { .thread($0) } }
      try await Sys.resume(server)
      try await server.stop()
    }
  }

  @Test("A process that never lends is not asked for")
  func neverLends() async throws {
    let scheduler = AskedScheduler([true])
    let runtime = Runtime(timeSource: SystemTimeSource.shared, scheduler: scheduler)
    try await withRuntime(runtime) {
      let server = try await Whereabouts.start(options: [.callsInPlace(.never)])
      _ = try await server.call { .thread($0) }
      #expect(scheduler.asked.load(ordering: .relaxed) == 0)
      try await server.stop()
    }
  }

  @Test("The random numbers of a seed come again with the seed")
  func randomNumbers() async throws {
    func drawn(_ seed: UInt64?) async throws -> [UInt64] {
      try await withTestRuntime(seed: seed) { test in
        var generator = test.runtime.randomNumberGenerator
        return (0..<8).map { _ in generator.next() }
      }
    }
    #expect(try await drawn(1) == drawn(1))
    #expect(try await drawn(1) != drawn(2))
    #expect(try await drawn(nil) != drawn(nil))
    #expect(try await drawn(0).first == 0xE220_A839_7B1D_CDAF, "as the generator's authors publish for seed 0")
  }

  @Test("Servers and raw processes draw from their runtime")
  func drawing() async throws {
    func drawn() async throws -> [Int] {
      try await withTestRuntime(seed: 7) { _ in
        let puppet = try await Puppet.start()
        let first = try await puppet.ask { _, context -> Int in
          var dice = context.randomNumberGenerator
          return Int.random(in: 1...1_000_000, using: &dice)
        }
        let second = await withProcess { process in
          var dice = process.randomNumberGenerator
          return Int.random(in: 1...1_000_000, using: &dice)
        }
        return [first, second]
      }
    }
    let first = try await drawn()
    #expect(first[0] != first[1])
    #expect(try await drawn() == first)
  }
}
