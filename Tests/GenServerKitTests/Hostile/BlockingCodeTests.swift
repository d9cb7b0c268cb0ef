import GenServerKit
import GenServerTesting
import Logging
import Testing

@testable import GenServerKit

/// A log whose handler stands at a gate.
private struct BlockingHandler: LogHandler {
  let gate: PuppetGate
  let recorder: LogRecorder
  /// Whether the handler runs on a thread that serves all runtimes.
  let threads: Observed<[Bool]>
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    threads.change { $0.append(ThreadRecord.servesAllRuntimes) }
    gate.block()
    recorder.logger.log(level: event.level, event.message, metadata: event.metadata)
  }
}

/// A label whose text notes on which thread it is made.
private struct NotingLabel: CustomStringConvertible, Sendable {
  let threads: Observed<[Bool]>

  var description: String {
    threads.change { $0.append(ThreadRecord.servesAllRuntimes) }
    return "noted"
  }
}

/// A registry whose look-up stands at a gate.
private final class BlockingRegistry: ViaRegistry {
  let gate = PuppetGate()
  let holder = Observed<PID?>(nil)

  func register(_ pid: PID, as key: String) -> Bool {
    holder.change { $0 = pid }
    return true
  }

  func unregister(_ key: String, of pid: PID) {}

  func whereis(_ key: String) -> PID? {
    gate.block()
    return holder.value
  }
}

/// On the real clock: what is held up here are threads.
@Suite("Users' code that blocks", .timeLimit(.minutes(2))) struct BlockingCodeTests {
  /// Expects a timeout of a runtime, which nothing else ends.
  private func expectTimeout(in runtime: Runtime) async throws {
    try await withRuntime(runtime) { () async throws in
      let server = try await Puppet.start(options: [.callsInPlace(.never)])
      let gate = await server.hold()
      await #expect(throws: CallError.timeout()) {
        try await server.ask(timeout: .milliseconds(20)) { _, _ in }
      }
      gate.open()
    }
  }

  @Test("a log handler that blocks at a timer's message delays no timeout, of its own runtime or of others")
  func logHandler() async throws {
    let gate = PuppetGate()
    let recorder = LogRecorder()
    let threads = Observed<[Bool]>([])
    let logger = Logger(label: "blocking") { _ in BlockingHandler(gate: gate, recorder: recorder, threads: threads) }
    let runtime = Runtime(logger: logger)
    try await withRuntime(runtime) { () async throws in
      let server = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(highWaterMark: 2)])
      server.tell { _, context in context.label = NotingLabel(threads: threads) }
      let held = await server.hold()
      for _ in 0..<4 { server.send(.note("late"), after: .milliseconds(1)) }
      // The timer's thread has written a record, or rather left it to somebody.
      await gate.reached.value()
      try await expectTimeout(in: runtime)
      try await expectTimeout(in: Runtime())
      gate.open()
      try await recorder.first { $0.message.contains("does not keep up") && $0.metadata["label"] == "noted" }
      #expect(threads.value.count >= 2 && threads.value.allSatisfy { !$0 })
      held.open()
    }
    try await runtime.shutdown()
  }

  @Test("a log handler that blocks when a process is named that holds up a thread, holds up nobody else's log")
  func blockingReport() async throws {
    let gate = PuppetGate()
    let recorder = LogRecorder()
    let logger = Logger(label: "blocking") { _ in
      BlockingHandler(gate: gate, recorder: recorder, threads: Observed([]))
    }
    let pool = WorkerPool(workers: 1)
    let runtime = Runtime(logger: logger, timeSource: SystemTimeSource.shared, scheduler: pool)
    let logs = LogRecorder()
    let other = Runtime(logger: logs.logger, timeSource: SystemTimeSource.shared, scheduler: pool)
    let pids = try await [runtime, other].asyncMap { runtime in
      try await withRuntime(runtime) { () async throws in try #require(try await Puppet.start().pid) }
    }
    let addresses = pids.map { ObjectIdentifier($0.core).bits }
    RuntimeList.shared.reportBlocking([addresses[0]], crew: pool.crewIdentity)
    await gate.reached.value()
    RuntimeList.shared.reportBlocking([addresses[1]], crew: pool.crewIdentity)
    let warning = try await logs.first { $0.message.contains("holds up a thread") }
    #expect(warning.metadata["pid"] == "\(pids[1])")
    #expect(recorder.entries.isEmpty)
    gate.open()
    #expect(try await recorder.first { _ in true }.metadata["pid"] == "\(pids[0])")
    for runtime in [runtime, other] { try await runtime.shutdown() }
  }

  @Test(
    "a registry that blocks when a timer looks a name up delays no timeout, and the timer can be cancelled until then")
  func registry() async throws {
    let registry = BlockingRegistry()
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let server = try await Puppet.start(name: .via(registry, "desk"))
      let notes = Observed<[String]>([])
      try await server.ask { puppet, _ in puppet.shownNotes = notes }
      let named = Puppet.named(.via(registry, "desk"))
      named.send(.note("first"), after: .milliseconds(1))
      await registry.gate.reached.value()
      // Behind the first, which stands at the gate.
      let second = named.send(.note("second"), after: .zero)
      named.send(.note("third"), after: .milliseconds(1))
      try await expectTimeout(in: runtime)
      try await expectTimeout(in: Runtime())
      #expect(second.cancel() != nil)
      #expect(notes.value.isEmpty)
      registry.gate.open()
      #expect(await notes.value { $0.count == 2 } == ["first", "third"])
    }
    try await runtime.shutdown()
  }

  @Test("a handler that blocks when it is cancelled by a timer's exit signal delays no timeout")
  func cancellation() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let (handles, cancelled) = (PuppetGate(), PuppetGate())
      let server = try await AsyncPuppet.start()
      server.tellAsync { _, _ in
        await withTaskCancellationHandler {
          await handles.stand()
        } onCancel: {
          cancelled.block()
        }
      }
      await handles.reached.value()
      let pid = try #require(server.pid)
      let exit = pid.exit(.shutdown, after: .milliseconds(1))
      await cancelled.reached.value()
      try await expectTimeout(in: runtime)
      try await expectTimeout(in: Runtime())
      #expect(exit.cancel() == nil)
      cancelled.open()
      handles.open()
      #expect(await pid.waitForExit() == .shutdown)
    }
    try await runtime.shutdown()
  }
}

extension Sequence {
  fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}
