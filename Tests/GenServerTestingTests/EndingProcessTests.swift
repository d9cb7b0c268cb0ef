import GenServerTesting
import Synchronization
import Testing

@testable import GenServerKit

/// Somebody who takes a while to hear of an end.
private final class SlowObserver: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; what it has of its own is atomic.
  private let isReached = Atomic<Bool>(false)
  private let isReleased = Atomic<Bool>(false)

  override func processEnded(_ reason: ExitReason) {
    isReached.store(true, ordering: .releasing)
    while !isReleased.load(ordering: .acquiring) {}
  }

  func reached() async { while !isReached.load(ordering: .acquiring) { await Task.yield() } }
  func release() { isReleased.store(true, ordering: .releasing) }
}

/// Until a process has told everybody of its end it has something to do.
@Suite("Processes that are telling of their end", .timeLimit(.minutes(2))) struct EndingProcessTests {
  @Test("Such a process is listed no longer, and is not done")
  func isBusy() async throws {
    try await withTestRuntime { test in
      let observer = SlowObserver()
      let server = try await ClockedServer.start()
      let pid = try #require(server.pid)
      #expect(pid.core.addObserver(observer) == nil)
      pid.exit(.killed)
      await observer.reached()
      #expect(!pid.isAlive)
      #expect(test.runtime.processes.isEmpty)
      #expect(test.runtime.processesAndEnding.map { PID($0) } == [pid])
      observer.release()
      #expect(await pid.waitForExit() == .killed)
      while !test.runtime.processesAndEnding.isEmpty { await Task.yield() }
    }
  }

  @Test("A call that its end fails is not timed out instead by the clock")
  func advance() async throws {
    try await withTestRuntime { test in
      let observer = SlowObserver()
      let server = try await ClockedServer.start(options: [.callsInPlace(.never)])
      let pid = try #require(server.pid)
      try await Sys.suspend(server)
      #expect(pid.core.addObserver(observer) == nil)
      async let error = expectCallError { try await server.call { .notes($0) } }
      await test.clock.waitForTimers()
      pid.exit(.shutdown)
      await observer.reached()
      async let moved: Void = test.clock.advance(by: .seconds(5))
      // Nothing tells that the clock waits: it gets some turns in which it could move.
      for _ in 0..<200 { await Task.yield() }
      observer.release()
      #expect(try await error == .exit(.shutdown))
      await moved
    }
  }

  @Test("Nothing is expected only when nobody has a message on its way")
  func expectNothing() async throws {
    try await withTestRuntime { _ in
      try await withProcess { (process) async throws in
        let observer = SlowObserver()
        let peer = spawn { process in _ = try await process.receive() }
        #expect(peer.core.addObserver(observer) == nil)
        process.monitor(peer)
        peer.exit(.shutdown)
        await observer.reached()
        let releasing = Task {
          for _ in 0..<200 { await Task.yield() }
          observer.release()
        }
        await #expect(throws: ExpectationFailure.self) { () async throws in try await process.expectNothing() }
        await releasing.value
      }
    }
  }

  @Test("The same on the way of each end, many times")
  func manyEnds() async throws {
    for _ in 0..<300 {
      try await withTestRuntime { test in
        try await withProcess { (process) async throws in
          let peer = spawn { process in _ = try await process.receive() }
          let end = Task { await peer.waitForExit() }
          while peer.snapshot?.status != .waiting { await Task.yield() }
          await Task.yield()
          process.monitor(peer)
          peer.exit(.shutdown)
          _ = await end.value
          await #expect(throws: ExpectationFailure.self) { () async throws in try await process.expectNothing() }
        }
      }
    }
  }
}
