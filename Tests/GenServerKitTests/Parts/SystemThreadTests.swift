import Foundation
import GenServerTesting
import Logging
import Testing

@testable import GenServerKit

private struct Answerer: GenServer {
  enum Call: Sendable { case answer(ReplyTo<Int>) }
  enum Cast: Sendable { case block(PuppetGate) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .answer(let client): .reply(42, to: client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .block(let gate): gate.block()
    }
    return .noReply
  }
}

@Suite("Threads of the library", .timeLimit(.minutes(1))) struct SystemThreadTests {
  #if os(Linux)
    @Test("A thread has the name of what it is for")
    func name() async {
      let seen = Observed<String?>(nil)
      let shortage = SystemThread.start(.timer) {
        let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        seen.change { $0 = name ?? "" }
      }
      #expect(shortage == nil)
      #expect(await seen.value { $0 != nil } == "genserver-timer\n")
    }
  #endif

  @Test("A worker has the stack that it is said to have")
  func stack() async {
    @Sendable func descend(_ depth: Int) -> Int {
      withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { memory in
        memory.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: depth))
        return depth == 0 ? 0 : descend(depth - 1) + Int(memory[depth])
      }
    }
    let depths = SystemThread.Role.worker.stack / (1 << 16) * 3 / 4
    let sum = Observed<Int?>(nil)
    let shortage = SystemThread.start(.worker) { sum.change { $0 = descend(depths) } }
    #expect(shortage == nil)
    #expect(await sum.value { $0 != nil } == (0...depths).reduce(0) { $0 + $1 % 256 })
  }

  private func runtime(_ refusals: Refusals, _ logs: LogRecorder = LogRecorder()) -> Runtime {
    Runtime(
      logger: logs.logger, timeSource: SystemTimeSource.shared,
      scheduler: WorkerPool(workers: 1, threads: refusals.source))
  }

  @Test("Where the system gives no thread, a start fails and says so, and works once there are threads again")
  func start() async throws {
    let refusals = Refusals()
    let runtime = runtime(refusals)
    try await withRuntime(runtime) { () async throws in
      let shortage = ThreadShortage(code: EAGAIN)
      await #expect(throws: StartError.failed(.failure(shortage))) { try await Answerer.start(name: "first") }
      #expect(runtime.processes.isEmpty)
      #expect("\(StartError.failed(.failure(shortage)))".contains("the system gives no more threads"))
      refusals.end()
      let server = try await Answerer.start(name: "first", options: [.callsInPlace(.never)])
      #expect(try await server.call { .answer($0) } == 42)
    }
    try await runtime.shutdown()
  }

  @Test("Where the system gives no thread, a spawned process ends for that reason, which is logged")
  func spawned() async throws {
    let logs = LogRecorder()
    let runtime = runtime(Refusals(), logs)
    let reason = ExitReason.failure(ThreadShortage(code: EAGAIN))
    let pid = await withRuntime(runtime) { spawn { _ in Issue.record("nothing can run this") } }
    #expect(await pid.waitForExit() == reason)
    let entry = try #require(logs.entries.first)
    #expect(entry.level == .error)
    #expect(entry.message.contains("the system gives no more threads"))
    #expect(runtime.processes.isEmpty)
  }

  @Test("A pool that needs more threads than there are says so once, and gets them when there are")
  func relief() async throws {
    let refusals = Refusals(granting: 1)
    let logs = LogRecorder()
    let runtime = runtime(refusals, logs)
    try await withRuntime(runtime) { () async throws in
      let gate = PuppetGate()
      let blocked = try await Answerer.start(options: [.callsInPlace(.never)])
      let other = try await Answerer.start(options: [.callsInPlace(.never)])
      blocked.cast(.block(gate))
      await gate.reached.value()
      let answer = Task { try await other.call(timeout: .infinity) { .answer($0) } }
      let error = try await logs.first { $0.message.contains("the pool needs another thread") }
      #expect(error.level == .error)
      #expect(error.metadata["waiting"] == "1")
      // The watchdog goes on asking, and says nothing about it.
      let asked = refusals.count
      await eventually { refusals.count > asked + 3 }
      #expect(logs.entries.filter { $0.message.contains("needs another thread") }.count == 1)
      refusals.end()
      #expect(try await answer.value == 42)
      gate.open()
    }
    try await runtime.shutdown()
  }

  @Test("Timers fire as soon as there is a thread for them")
  func timers() async {
    let refusals = Refusals()
    let queue = TimerQueue()
    let thread = TimerThread(queue, threads: refusals.source)
    #expect(thread.start() == ThreadShortage(code: EAGAIN))
    let fired = Signal()
    let entry = WallTimer { fired.send() }
    _ = queue.lock.withLock { queue.insert(entry, at: 0) }
    thread.wake()
    #expect(queue.count == 1)
    refusals.end()
    #expect(thread.start() == nil)
    await fired.wait()
  }
}
