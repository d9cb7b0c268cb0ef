import GenServerKit
import GenServerTesting
import Testing

// The code of the guide "What is not here".

private struct Worker: GenServer {
  struct Broken: Error {}
  enum Call: Sendable { case ping(ReplyTo<PID>) }
  enum Cast: Sendable { case fail }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Worker()) }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .ping(let client): .reply(context.pid, to: client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) throws -> Next { throw Broken() }
}

/// Starts its worker again when that has crashed, three times at most.
private struct Keeper: GenServer {
  enum Info: Sendable { case exited(Exit) }
  enum Continue { case start }

  var worker: PID?
  var restartsLeft = 3

  static func initialize(_: Void, context: Context) -> Initial {
    context.trapExits { .exited($0) }
    return .ok(Keeper(), then: .continue(.start))
  }

  mutating func handleContinue(_ step: Continue, context: Context) async throws -> Next {
    switch step {
    case .start: worker = try await Worker.startLink(name: .type).pid
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .exited(let exit):
      guard exit.pid == worker else { return .stop(exit.reason) }
      guard restartsLeft > 0 else { return .stop(.shutdown) }
      restartsLeft -= 1
      return .noReply(then: .continue(.start))
    }
  }
}

@Suite("Guide: What is not here") struct NotHereGuideTests {
  @Test("a keeper starts its worker anew, and gives up at last")
  func keeper() async throws {
    try await withTestRuntime { _ in
      let keeper = try await Keeper.start()
      let worker = Worker.named(.type)
      var pids: Set<PID> = []
      for _ in 1...4 {
        // Answered between two messages, so the worker is there.
        let pid = try #require(try await Sys.state(of: keeper) { $0.worker })
        #expect(pids.insert(pid).inserted)
        #expect(try await worker.call { .ping($0) } == pid)
        // Begun before it fails: those that are linked to it are told first, so the exit lies in the keeper's mailbox.
        let end = Task.immediate { await pid.waitForExit() }
        worker.cast(.fail)
        #expect(await end.value == .failure(Worker.Broken()))
      }
      #expect(await keeper.waitForExit() == .shutdown)
      #expect(Worker.whereis(.type) == nil)
    }
  }

  @Test("a keeper takes its worker along")
  func together() async throws {
    try await withTestRuntime { _ in
      let keeper = try await Keeper.start()
      let worker = try #require(try await Sys.state(of: keeper) { $0.worker })
      try await keeper.stop(.shutdown)
      #expect(await worker.waitForExit() == .shutdown)
    }
  }
}
