import Foundation
import GenServerKit
import Testing

/// A server whose type a single test uses, since what a type has earned its next processes have too.
private protocol LendingProbe: GenServer where Argument == Void, Call == LendingCall {}

private enum LendingCall: Sendable {
  /// Answers with the thread that runs the handler.
  case thread(ReplyTo<UInt>)
  /// Holds the thread for so many milliseconds.
  case work(milliseconds: Int, ReplyTo<UInt>)
}

extension LendingProbe {
  fileprivate func handle(_ call: LendingCall) -> NextStep<Self> {
    switch call {
    case .thread(let client): return .reply(currentThread(), to: client)
    case .work(let milliseconds, let client):
      let end = ContinuousClock.now + .milliseconds(milliseconds)
      while ContinuousClock.now < end {}
      return .reply(currentThread(), to: client)
    }
  }
}

private func currentThread() -> UInt { UInt(bitPattern: Int(pthread_self())) }

private struct EarningProbe: LendingProbe {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: LendingCall, context: Context) -> Next { handle(call) }
}

private struct AsyncEarningProbe: LendingProbe {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: LendingCall, context: Context) async -> Next { handle(call) }
}

private struct SlowProbe: LendingProbe {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: LendingCall, context: Context) -> Next { handle(call) }
}

private struct WithdrawnProbe: LendingProbe {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: LendingCall, context: Context) -> Next { handle(call) }
}

private struct NeverProbe: LendingProbe {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: LendingCall, context: Context) -> Next { handle(call) }
}

private struct AlwaysProbe: LendingProbe {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: LendingCall, context: Context) -> Next { handle(call) }
}

extension ServerRef where Server: LendingProbe {
  fileprivate var lends: Bool? { pid?.core.lends }

  /// Whether the handler runs on the thread that calls.
  fileprivate func runsHere() async throws -> Bool {
    let own = currentThread()
    return try await call { .thread($0) } == own
  }
}

@Suite("Lending", .timeLimit(.minutes(1))) struct LendingOptionTests {
  @Test("It is earned after four fast calls, and then by all of the type")
  func earned() async throws { try await earned(EarningProbe.self) }

  @Test("Async handlers earn it as well")
  func earnedByAsync() async throws { try await earned(AsyncEarningProbe.self) }

  private func earned<Probe: LendingProbe>(_ type: Probe.Type) async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let probe = try await Probe.start()
      #expect(probe.lends == false)
      for _ in 1...3 {
        #expect(try await !probe.runsHere())
        #expect(probe.lends == false)
      }
      // On a busy machine a call may take too long, and the count begins again.
      for _ in 0..<10_000 where probe.lends == false { _ = try await probe.call { .thread($0) } }
      #expect(probe.lends == true)
      // The last queued call may keep the server for a moment still.
      var runsHere = false
      for _ in 0..<10_000 where !runsHere { runsHere = try await probe.runsHere() }
      #expect(runsHere)
      // Another thread may have taken it from the type for a slow run.
      for _ in 0..<1000 where try await Probe.start().lends == false { _ = try await probe.call { .thread($0) } }
      let next = try await Probe.start()
      #expect(next.lends == true)
      #expect(try await next.runsHere())
      #expect(try await Probe.start(options: [.callsInPlace(.never)]).lends == false)
    }
    try await runtime.shutdown()
  }

  @Test("Slow calls do not earn it")
  func slow() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let probe = try await SlowProbe.start()
      for _ in 0..<10 { _ = try await probe.call { .work(milliseconds: 1, $0) } }
      #expect(probe.lends == false)
      // A slow one among fast ones makes the count begin again.
      for _ in 0..<3 {
        for _ in 1...3 { _ = try await probe.call { .thread($0) } }
        _ = try await probe.call { .work(milliseconds: 1, $0) }
      }
      #expect(probe.lends == false)
    }
    try await runtime.shutdown()
  }

  @Test("A slow run on a caller's thread costs the right, for the type too")
  func withdrawn() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let probe = try await WithdrawnProbe.start()
      for _ in 0..<10_000 where probe.lends == false { _ = try await probe.call { .thread($0) } }
      try #require(probe.lends == true)
      // The watchdog looks every millisecond if the machine lets it.
      for _ in 0..<20 where probe.lends == true { _ = try await probe.call { .work(milliseconds: 30, $0) } }
      #expect(probe.lends == false)
      #expect(try await WithdrawnProbe.start().lends == false)
      #expect(try await !probe.runsHere())
      // It can be earned again.
      for _ in 0..<10_000 where probe.lends == false { _ = try await probe.call { .thread($0) } }
      #expect(probe.lends == true)
    }
    try await runtime.shutdown()
  }

  @Test("Never is never")
  func never() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let probe = try await NeverProbe.start(options: [.callsInPlace(.never)])
      for _ in 0..<20 { #expect(try await !probe.runsHere()) }
      #expect(probe.lends == false)
      #expect(try await NeverProbe.start().lends == false)
    }
    try await runtime.shutdown()
  }

  @Test("Never is never also after the server was suspended, and whoever calls while it is")
  func neverAfterSuspension() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let probe = try await NeverProbe.start(options: [.callsInPlace(.never)])
      for _ in 0..<3 {
        _ = try await probe.call { .thread($0) }
        try await Sys.suspend(probe)
        #expect(probe.lends == false)
        let waiting: PendingReply<UInt> = probe.sendRequest { .thread($0) }
        try await Sys.resume(probe)
        _ = try await waiting.value(timeout: .infinity)
        try await probe.fallsIdle()
        #expect(probe.lends == false)
        // More than it takes to earn it.
        for _ in 0..<10 {
          try await probe.fallsIdle()
          #expect(try await !probe.runsHere())
        }
      }
    }
    try await runtime.shutdown()
  }

  @Test("From the first call on is at once, and for ever")
  func always() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      let probe = try await AlwaysProbe.start(options: [.callsInPlace(.always)])
      #expect(probe.lends == true)
      #expect(try await probe.runsHere())
      for _ in 0..<3 { _ = try await probe.call { .work(milliseconds: 30, $0) } }
      #expect(probe.lends == true)
      #expect(try await probe.runsHere())
    }
    try await runtime.shutdown()
  }

  @Test("A caller's thread runs the caller's request, and nothing that comes with it", arguments: [false, true])
  func ownRequestAlone(suspends: Bool) async throws {
    try await withRuntime(Runtime()) { () async throws in
      let plain = try await Puppet.start(options: [.callsInPlace(.always)])
      let async = try await AsyncPuppet.start(options: [.callsInPlace(.always)])
      var lent = 0
      for _ in 0..<20 {
        // A server that is still busy with the round before runs the call elsewhere.
        let threads = (PuppetPromise<UInt>(), PuppetPromise<UInt>())
        var caller = currentThread()
        let ranPlain = try await plain.ask { _, context in
          context.me.tell { _, _ in threads.0.fulfil(currentThread()) }
          return currentThread()
        }
        let toldPlain = await threads.0.value()
        if ranPlain == caller { lent += 1 }
        #expect(ranPlain != caller || toldPlain != caller)

        caller = currentThread()
        let ranAsync = try await async.askAsync { _, context in
          context.me.tellAsync { _, _ in threads.1.fulfil(currentThread()) }
          let thread = currentThread()
          if suspends { await Task.yield() }
          return thread
        }
        let toldAsync = await threads.1.value()
        if ranAsync == caller { lent += 1 }
        #expect(ranAsync != caller || toldAsync != caller)
      }
      #expect(lent > 0)
      try await plain.stop()
      try await async.stop()
    }
  }

  @Test("A server that runs on one caller's thread makes the others wait their turn")
  func others() async throws {
    try await withRuntime(Runtime()) { () async throws in
      let puppet = try await Puppet.start(options: [.callsInPlace(.always)])
      _ = try await puppet.ask { _, _ in 0 }
      let total = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            var last = 0
            // Threads meet at the run right, whose steps are single instructions.
            for _ in 0..<500 {
              last = try await puppet.ask { puppet, _ in
                puppet.notes.append("")
                return puppet.notes.count
              }
            }
            return last
          }
        }
        return try await group.reduce(0, max)
      }
      #expect(total == 4000)
      try await puppet.stop()
    }
  }
}
