import GenServerTesting
import Testing

@testable import GenServerKit

/// Writes down what would go to another node.
private final class RecordingConnection: ProcessConnection, @unchecked Sendable {
  // Unchecked: touched under the lock only, which is the library's, as the thread sanitizer does not see `Mutex` on Linux.
  private let lock = Lock()
  private var signals: [ConnectionSignal] = []
  private var delivered: [String] = []

  func deliver(_ message: any Sendable, to process: ProcessCore, from sender: PID?) -> Delivery {
    lock.withLock { delivered.append("\(message) from \(sender.map { "\($0)" } ?? "nobody")") }
    return .enqueued
  }

  func signal(_ signal: ConnectionSignal, to process: ProcessCore) { lock.withLock { signals.append(signal) } }

  var messages: [String] { lock.withLock { delivered } }

  /// What came since the last look.
  var news: [ConnectionSignal] {
    lock.withLock {
      defer { signals = [] }
      return signals
    }
  }
}

@Suite("Processes that run elsewhere")
struct ProcessConnectionTests {
  private let connection = RecordingConnection()

  private func remote(_ test: TestRuntime) -> (core: ProcessCore, pid: PID) {
    let core = ProcessCore.remote(.remote("far process", over: connection), name: nil, in: test.runtime)
    return (core, PID(core))
  }

  @Test("Messages and exit signals go over the connection")
  func messagesAndExits() async throws {
    try await withTestRuntime { test in
      let (core, pid) = remote(test)
      #expect(pid.isAlive)
      #expect(pid.send("hello") == .enqueued)
      #expect(connection.messages == ["hello from nobody"])
      pid.exit(.shutdown)
      pid.exit(.killed)
      #expect(connection.news == [.exit(.shutdown, from: nil, isKill: false), .exit(.killed, from: nil, isKill: true)])
      #expect(pid.isAlive, "only the other side knows what becomes of an exit signal")
      core.die(.shutdown)
      #expect(!pid.isAlive)
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test("Watches ask the other side once, and no longer when nobody watches")
  func monitors() async throws {
    try await withTestRuntime { test in
      let (core, pid) = remote(test)
      try await withProcess { process in
        let first = process.monitor(pid)
        let second = process.monitor(pid)
        #expect(connection.news == [.observersChanged])
        #expect(core.isObserved)
        process.demonitor(first)
        #expect(connection.news == [])
        process.demonitor(second)
        #expect(connection.news == [.observersChanged])
        #expect(!core.isObserved)
        let third = process.monitor(pid)
        core.die(.noConnection)
        let down = try await process.receive(Down.self)
        #expect(down.monitor == third)
        #expect(down.reason == .noConnection)
      }
    }
  }

  @Test("Links go both ways")
  func links() async throws {
    try await withTestRuntime { test in
      let (core, pid) = remote(test)
      let puppet = try await Puppet.start()
      let own = try #require(puppet.pid)
      try await puppet.ask { _, context in context.link(pid) }
      #expect(connection.news == [.link(own)])
      try await puppet.ask { _, context in context.unlink(pid) }
      #expect(connection.news == [.unlink(own)])
      try await puppet.ask { _, context in context.link(pid) }
      own.exit(.shutdown)
      #expect(await own.waitForExit() == .shutdown)
      #expect(connection.news == [.link(own), .linkBroke(own, .shutdown)])
      #expect(pid.isAlive)

      let other = try await AsyncPuppet.start()
      try await other.ask { _, context in context.link(pid) }
      core.die(.noConnection)
      #expect(await other.waitForExit() == .noConnection)
    }
  }
}
