import Foundation
import GenServerTesting
import Logging
import Testing

@testable import GenServerKit

private struct PoolWorker: GenServer {
  enum Call: Sendable { case ping(ReplyTo<Int>) }
  enum Cast: Sendable { case block(PuppetGate) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .ping(let client): .reply(1, to: client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .block(let gate): gate.block()
    }
    return .noReply
  }
}

@Suite("Worker pool", .serialized) struct WorkerPoolTests {
  /// Blocks `count` processes of a runtime and asks another one.
  private func blocks(_ count: Int, in runtime: Runtime) async throws {
    try await withRuntime(runtime) { () async throws in
      let other = try await PoolWorker.start(options: [.callsInPlace(.never)])
      let gates = (0..<count).map { _ in PuppetGate() }
      for gate in gates { try await PoolWorker.start(options: [.callsInPlace(.never)]).cast(.block(gate)) }
      for gate in gates { await gate.reached.value() }
      let answers = await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<20 { group.addTask { try? await other.call { .ping($0) } } }
        return await group.reduce(into: 0) { $0 += $1 ?? 0 }
      }
      for gate in gates { gate.open() }
      #expect(answers == 20)
    }
    try await runtime.shutdown()
  }

  @Test("While more processes block than there are workers, others still run", arguments: [1, 2])
  func blocked(workers: Int) async throws {
    let pool = WorkerPool(workers: workers)
    try await blocks(workers + 5, in: Runtime(timeSource: SystemTimeSource.shared, scheduler: pool))
  }

  @Test("The same holds for the pool that all runtimes share")
  func sharedPool() async throws {
    try await blocks(SystemInformation.coreCount + 5, in: Runtime())
  }

  @Test("A process that holds up the pool is named in a warning")
  func warning() async throws {
    let logs = LogRecorder()
    let pool = WorkerPool(workers: 1)
    let runtime = Runtime(logger: logs.logger, timeSource: SystemTimeSource.shared, scheduler: pool)
    try await withRuntime(runtime) { () async throws in
      // Each takes a thread, and it is left to chance which of them gets the pool's own worker. Once that one is held up
      // while another needs an added thread, the warning is due. Nobody tells which thread a process has got, so that is
      // looked at, for twenty seconds; without a warning the test fails.
      var blockers: [String: ServerRef<PoolWorker>] = [:]
      var gates: [PuppetGate] = []
      let patience = ContinuousClock.now + .seconds(20)
      while logs.entries.isEmpty, ContinuousClock.now < patience {
        if gates.count < 2 || gates.count < 60 && !pool.isRunning(0) {
          let name = "blocker \(gates.count)"
          let blocker = try await PoolWorker.start(name: ProcessName(name), options: [.callsInPlace(.never)])
          let gate = PuppetGate()
          blockers[name] = blocker
          gates.append(gate)
          blocker.cast(.block(gate))
          await gate.reached.value()
        }
        await Task.yield()
      }
      for gate in gates { gate.open() }
      let warning = try #require(logs.entries.first)
      #expect(warning.level == .warning)
      #expect(warning.message.contains("holds up a thread"))
      let name = try #require(warning.metadata["name"])
      let blocker = try #require(blockers["\(name)"])
      #expect(warning.message.contains("PoolWorker \"\(name)\""))
      #expect(warning.metadata["pid"] == "\(try #require(blocker.pid))")
    }
    try await runtime.shutdown()
  }

  @Test("Many processes on few threads all get their turn")
  func fairness() async throws {
    let runtime = Runtime(timeSource: SystemTimeSource.shared, scheduler: WorkerPool(workers: 2))
    try await withRuntime(runtime) { () async throws in
      let busy = try await Puppet.start(options: [.callsInPlace(.never)])
      let isOver = PuppetPromise<Void>()
      // A server that always has something to do gives up its turn now and then.
      @Sendable func again(_ puppet: inout Puppet, _ context: ServerContext<Puppet>) {
        if !isOver.isFulfilled { context.me.tell(again) }
      }
      for _ in 0..<4 { busy.tell(again) }
      var others: [ServerRef<PoolWorker>] = []
      for _ in 0..<50 { others.append(try await PoolWorker.start(options: [.callsInPlace(.never)])) }
      for other in others { #expect(try await other.call { .ping($0) } == 1) }
      isOver.fulfil()
    }
    try await runtime.shutdown()
  }

  @Test("The pool of the tasks runs processes too", arguments: PuppetLending.allCases)
  func taskPool(lending: PuppetLending) async throws {
    let runtime = Runtime(scheduling: .taskPool)
    try await withRuntime(runtime) { () async throws in
      let plain = try await Puppet.start(options: [lending.option])
      let async = try await AsyncPuppet.start(options: [lending.option])
      for number in 0..<100 {
        plain.tell { puppet, _ in puppet.notes.append("\(number)") }
        async.tell { puppet, _ in puppet.notes.append("\(number)") }
      }
      #expect(try await plain.notes() == (0..<100).map { "\($0)" })
      #expect(try await async.notes() == (0..<100).map { "\($0)" })
    }
    try await runtime.shutdown()
  }
}
