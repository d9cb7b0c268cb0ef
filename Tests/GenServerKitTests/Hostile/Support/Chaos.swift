import Foundation
import GenServerKit
import Logging
import Testing

/// Calls at random moments, by several tasks, of servers that do whatever can be done with a reply handle, with random
/// timeouts, cancellations and deaths; and the check that each call has the one outcome that it may have.
final class Chaos: Sendable {
  private let setup: Setup
  private let plan: RoguePlan
  private let pool = RoguePool()
  private let census = Census()
  private let answers = Tally()
  private let failures = Tally()

  /// All whose callers wait for nobody but the server.
  private static let deeds = Deed.allCases.filter { $0.fate != .open }
  private static let tasks = 8
  /// Nothing takes as long as this.
  private static let patience = Duration.seconds(30)

  /// Makes `calls` calls in a runtime of its own, and expects that nothing is left when it has ended.
  static func run(_ setup: Setup, calls: Int) async throws {
    let runtime = Runtime(logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() })
    let chaos = await withRuntime(runtime) { () async in Chaos(setup) }
    try await withRuntime(runtime) { () async throws in try await chaos.run(calls: calls) }
    await chaos.plan.elsewhere.close()
    try await runtime.shutdown(timeout: .after(patience))
    #expect(runtime.processes.isEmpty)
    await chaos.expectNothingLeft(calls: calls)
  }

  private init(_ setup: Setup) {
    self.setup = setup
    plan = RoguePlan(elsewhere: Elsewhere())
  }

  private func run(calls: Int) async throws {
    for place in 0..<Self.tasks { pool.put(try await setup.startRogue(plan, census), at: place) }
    try await withThrowingTaskGroup { group in
      for task in 0..<Self.tasks {
        group.addTask { [self] in
          for number in stride(from: task, to: calls, by: Self.tasks) { try await makeCall(number) }
        }
      }
      try await group.waitForAll()
    }
    pool.empty()
  }

  private func makeCall(_ number: Int) async throws {
    let rogue = try await livingRogue()
    // Mostly answers: otherwise no server would live long enough to earn lending.
    let deed = Int.random(in: 0..<4) == 0 ? Self.deeds.randomElement() ?? .reply : .reply
    let isTimed = Int.random(in: 0..<8) == 0
    let isCancelled = Int.random(in: 0..<5) == 0
    let timeout: Timeout = isTimed ? .after(.microseconds(Int.random(in: 0...500))) : .after(Self.patience)
    if number % 7 == 0 { rogue.reference.cast(.nothing) }
    let start = ContinuousClock.now
    let outcome: Result<Int, CallError>
    if isCancelled {
      let call = Task { await Self.outcome(of: deed, number, rogue, timeout) }
      if Bool.random() { call.cancel() } else { plan.elsewhere.run { call.cancel() } }
      outcome = await call.value
    } else {
      outcome = await Self.outcome(of: deed, number, rogue, timeout)
    }
    let isLate = ContinuousClock.now - start > Self.patience / 2
    if isLate || !isAllowed(outcome, deed, number, isTimed: isTimed, isCancelled: isCancelled) {
      Issue.record("\(deed), timed \(isTimed), cancelled \(isCancelled), late \(isLate): \(outcome)")
    }
    switch outcome {
    case .success: answers.add()
    case .failure: failures.add()
    }
  }

  private static func outcome(
    of deed: Deed, _ number: Int, _ rogue: RunningRogue, _ timeout: Timeout
  ) async -> Result<Int, CallError> {
    do throws(CallError) {
      return .success(try await rogue.ask(deed, number, timeout: timeout))
    } catch {
      return .failure(error)
    }
  }

  private func livingRogue() async throws -> RunningRogue {
    let place = Int.random(in: 0..<Self.tasks)
    let rogue = try #require(pool[place])
    if rogue.pid.isAlive { return rogue }
    let new = try await setup.startRogue(plan, census)
    if let surplus = pool.put(new, at: place, insteadOf: rogue) { surplus.pid.exit(.shutdown) }
    return new
  }

  /// A server can die at any time of what another call made it do, so that is always allowed.
  private func isAllowed(
    _ outcome: Result<Int, CallError>, _ deed: Deed, _ number: Int, isTimed: Bool, isCancelled: Bool
  ) -> Bool {
    switch outcome {
    case .success(let answer): answer == number && [.answer, .answerOrKilled].contains(deed.fate)
    case .failure(.timeout): isTimed
    case .failure(.cancelled): isCancelled
    case .failure(.replyDropped):
      // The second: a thread's answer comes while another handler has built one that it drops.
      deed.fate == .noReply || deed == .keepAndReplyFromThread
    case .failure(.exit(let reason, _)): [.failure(RogueError()), .shutdown, .killed].contains(reason)
    case .failure(.noProcess): true
    case .failure: false
    }
  }

  private func expectNothingLeft(calls: Int) async {
    #expect(answers.count + failures.count == calls)
    #expect(answers.count > calls / 2)
    #expect(failures.count > calls / 20)
    #expect(await census.isDeserted(), "\(census.living) requests and answers are left")
    #expect(census.lost == 0, "answers that were taken did not arrive")
    #expect(await pool.left() == [])
  }
}

/// The servers of a chaos, and weak references to all that were ever among them.
private final class RoguePool: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let remains = Remains()
  private let lock = NSLock()
  private var rogues: [Int: RunningRogue] = [:]

  subscript(place: Int) -> RunningRogue? { lock.withLock { rogues[place] } }

  /// Puts it there unless somebody else has replaced the old one; returns the one that is not wanted.
  @discardableResult
  func put(_ rogue: RunningRogue, at place: Int, insteadOf old: RunningRogue? = nil) -> RunningRogue? {
    remains.watch(rogue.pid)
    return lock.withLock {
      guard rogues[place]?.pid == old?.pid else { return rogue }
      rogues[place] = rogue
      return nil
    }
  }

  func empty() { lock.withLock { rogues = [:] } }

  /// Which processes live on as objects.
  func left() async -> [String] { await remains.left() }
}
