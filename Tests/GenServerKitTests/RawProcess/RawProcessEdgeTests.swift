import Foundation
import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Raw processes at the edges of life", .timeLimit(.minutes(1))) struct RawProcessEdgeTests {
  /// Says when it is gone.
  private final class Held: Sendable {
    let gone: PuppetPromise<Void>
    init(_ gone: PuppetPromise<Void>) { self.gone = gone }
    deinit { gone.fulfil() }
  }

  @Test("a body does not begin after an exit signal")
  func neverBegun() async throws {
    let scheduler = HeldScheduler()
    let runtime = Runtime(timeSource: SystemTimeSource.shared, scheduler: scheduler)
    let (gone, begun) = (PuppetPromise<Void>(), PuppetPromise<Void>())
    let pid = await withRuntime(runtime) {
      spawn { [held = Held(gone)] _ in
        _ = held
        begun.fulfil()
      }
    }
    pid.exit(.killed)
    #expect(pid.isAlive)
    scheduler.runAll()
    #expect(await pid.waitForExit() == .killed)
    #expect(!begun.isFulfilled)
    #expect(gone.isFulfilled)
  }

  @Test("what a body holds is gone when others hear of its end")
  func released() async throws {
    try await withTestRuntime { _ in
      let gone = PuppetPromise<Void>()
      let pid = spawn { [held = Held(gone)] process in
        _ = held
        _ = try await process.receive()
      }
      pid.send("end")
      #expect(await pid.waitForExit() == .normal)
      #expect(gone.isFulfilled)
    }
  }

  @Test("cancelling the task of a process does not end its wait for another one's exit")
  func cancelledWait() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      let pid = try server.own()
      let wait = Task.immediate { await withProcess { _ in await pid.waitForExit() } }
      wait.cancel()
      _ = try await server.notes()
      #expect(await pid.end(by: .shutdown) == .shutdown)
      #expect(await wait.value == .shutdown)
    }
  }

  @Test("a cancelled task's receive throws, and its process lives on")
  func cancelledReceive() async throws {
    try await withTestRuntime { _ in
      let outcome = Task.immediate {
        await withProcess { process -> (ExitReason?, Bool) in
          do throws(ExitReason) {
            _ = try await process.receive()
            return (nil, true)
          } catch {
            return (error, process.pid.isAlive)
          }
        }
      }
      outcome.cancel()
      let (reason, isAlive) = await outcome.value
      #expect(reason == .failure(CancellationError()))
      #expect(isAlive)
    }
  }

  @Test("a handler that makes a process of its task waits for it: a call back closes a circle")
  func nested() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncPuppet.ready(.never)
      let error = try await server.askAsync { _, context -> CallError? in
        let me = context.me
        return await withProcess { _ in
          do throws(CallError) {
            _ = try await me.notes()
            return nil
          } catch {
            return error
          }
        }
      }
      guard case .deadlock = error else {
        Issue.record("no circle was found: \(String(describing: error))")
        return
      }
    }
  }

  @Test("a process that asks itself is told so")
  func itself() async throws {
    try await withTestRuntime { _ in
      await withProcess { process in
        await #expect(throws: CallError.callingSelf()) {
          let _: Int = try await process.pid.ask(Int.self) { $0 }
        }
      }
    }
  }

  @Test("who asks hears of a shutdown, and is not said to be cancelled")
  func askedAtTheEnd() async throws {
    try await withTestRuntime { test in
      let asked = PuppetPromise<Void>()
      let pid = spawn { process in
        _ = try await process.receive(PID.self)
        asked.fulfil()
        _ = try await process.receive()
      }
      let question = Task.immediate { try await pid.ask(Int.self) { $0 } }
      await asked.value()
      try await test.runtime.shutdown()
      await #expect(throws: CallError.exit(.shutdown)) { try await question.value }
    }
  }

  @Test("a time-out is told from a message that is nil")
  func optionals() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let none = try await process.receive(Int?.self, timeout: .seconds(0))
        #expect(none == .none)
        process.pid.send(Int?.none)
        let message = try await process.receive(Int?.self, timeout: .seconds(0))
        #expect(message == .some(.none))
      }
    }
  }

  @Test("in a runtime that is shut down, processes end at once, and every receive says so")
  func shutDown() async throws {
    try await withTestRuntime { test in
      try await test.runtime.shutdown()
      let pid = spawn { _ in }
      #expect(await pid.waitForExit() == .shutdown)
      await withProcess { process in
        await #expect(throws: ExitReason.shutdown) { _ = try await process.receive() }
      }
      #expect(test.runtime.processes.isEmpty)
    }
  }

  @Test("a shutdown ends raw processes too")
  func shutdown() async throws {
    try await withTestRuntime { test in
      let pid = spawn { process in _ = try await process.receive() }
      try await test.runtime.shutdown()
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test("a name that was taken is seen, and a watch belongs to the process that set it")
  func namesAndWatches() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        try process.register("taken")
        #expect(process.snapshot.name == "taken")
        let server = try await Puppet.start()
        let monitor = process.monitor(server)
        try await Puppet.start().ask { _, context in context.demonitor(monitor) }
        _ = try await server.end(crash)
        #expect(try await process.receive(Down.self).monitor == monitor)
      }
    }
  }

  @Test("a link made again to one that is just ending brings its reason")
  func linkedAgain() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        for _ in 1...50 {
          let pid = process.spawnLink { _ in throw PuppetError("R") }
          process.link(pid)
          let exit = try await process.receive(Exit.self)
          // Either the link was there all the time, or the second one was made after the end had been told.
          #expect(exit.reason == .failure(PuppetError("R")))
          if let second = try await process.receive(Exit.self, timeout: .seconds(0)) {
            #expect(second.reason == .noProcess)
          }
        }
      }
    }
  }
}

/// Runs processes when the test says so.
private final class HeldScheduler: Scheduler, @unchecked Sendable {
  // Unchecked: touched under the lock only, which the thread sanitizer sees.
  private let lock = NSLock()
  private var processes: [ProcessCore] = []

  func submit(_ process: ProcessCore) { lock.withLock { processes.append(process) } }
  func submitBehind(_ process: ProcessCore) { submit(process) }

  func runAll() {
    let processes = lock.withLock {
      defer { self.processes = [] }
      return self.processes
    }
    for process in processes { process.kind.drive(process) }
  }
}
