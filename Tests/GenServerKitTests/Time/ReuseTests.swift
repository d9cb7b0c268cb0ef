import GenServerKit
import GenServerTesting
import Testing

private struct Watcher: GenServer {
  enum Call {
    case watchTwice(PID, ReplyTo<Bool>)
    case remindTwice(ReplyTo<Bool>)
    case log(ReplyTo<[String]>)
  }
  enum Info: Sendable {
    case down(Int)
    case reminder(Int)
  }

  var lines: [String] = []

  static func initialize(_ argument: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .watchTwice(let pid, let client):
      let first = context.monitor(pid) { _ in .down(1) }
      context.demonitor(first)
      let second = context.monitor(pid) { _ in .down(2) }
      // Without effect: that watch has ended.
      context.demonitor(first)
      client.reply(first != second)
      return .noReply
    case .remindTwice(let client):
      let first = context.send(.reminder(1), after: .seconds(1))
      first.cancel()
      let second = context.send(.reminder(2), after: .seconds(1))
      client.reply(first != second && first.cancel() == nil && second.remaining != nil)
      return .noReply
    case .log(let client):
      client.reply(lines)
      return .noReply
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .down(let number): lines.append("down \(number)")
    case .reminder(let number): lines.append("reminder \(number)")
    }
    return .noReply
  }
}

/// A watch and a timer that are over serve again, once nobody refers to them.
@Suite("Watches and timers used again", .timeLimit(.minutes(1))) struct ReuseTests {
  @Test("A reference to a watch that has ended does nothing to the next one of a server")
  func serverMonitors() async throws {
    try await withTestRuntime { runtime in
      let watcher = try await Watcher.start()
      for _ in 0..<3 {
        let pid = spawn { process in _ = try await process.receive() }
        #expect(try await watcher.call { .watchTwice(pid, $0) })
        pid.exit(.killed)
        _ = await pid.waitForExit()
      }
      #expect(try await watcher.call { .log($0) } == ["down 2", "down 2", "down 2"])
    }
  }

  @Test("A reference to a timer that is over does nothing to the next one of a server")
  func serverTimers() async throws {
    try await withTestRuntime { runtime in
      let watcher = try await Watcher.start()
      for _ in 0..<3 {
        #expect(try await watcher.call { .remindTwice($0) })
        await runtime.clock.advance(by: .seconds(1))
      }
      #expect(try await watcher.call { .log($0) } == ["reminder 2", "reminder 2", "reminder 2"])
    }
  }

  @Test("A raw process watches many processes in turn, and hears of the end of the right one")
  func rawMonitors() async throws {
    try await withTestRuntime { _ in
      try await withProcess { (process) async throws in
        let pids = (0..<10).map { _ in spawn { process in _ = try await process.receive() } }
        for pid in pids { process.demonitor(process.monitor(pid)) }
        for (index, pid) in pids.enumerated() {
          // Watched and left, which is no watch of the next one.
          process.demonitor(process.monitor(pids[9 - index]))
          let monitor = process.monitor(pid)
          pid.exit(.killed)
          let down = try await process.receive(Down.self)
          #expect(down.monitor == monitor && down.pid == pid && down.reason == .killed)
        }
        #expect(try await process.receive(timeout: .seconds(0)) == nil)
      }
    }
  }

  @Test("A watch that served before is shown, and ends with its watcher")
  func ends() async throws {
    try await withTestRuntime { _ in
      let target = spawn { process in _ = try await process.receive() }
      try await withProcess { (process) async throws in
        process.demonitor(process.monitor(process.pid))
        process.demonitor(process.monitor(target))
        process.monitor(target)
        #expect(process.snapshot.monitors == [target])
        #expect(target.snapshot?.monitoredBy == [process.pid])
      }
      #expect(target.snapshot?.monitoredBy == [])
      target.exit(.killed)
      _ = await target.waitForExit()
    }
  }

  @Test("Nothing of a cancelled timer or an ended watch stays alive")
  func contents() async throws {
    final class Contents: Sendable {}
    try await withTestRuntime { _ in
      try await withProcess { (process) async throws in
        weak var contents: Contents?
        do {
          let new = Contents()
          contents = new
          process.send(new, after: .seconds(1)).cancel()
        }
        #expect(contents == nil)
        do {
          let new = Contents()
          contents = new
          process.send(new, every: .seconds(1)).cancel()
        }
        #expect(contents == nil)
      }
    }
  }
}
