import GenServerTesting
import Testing

@testable import GenServerKit

/// What lies in the mailbox, or is on its way, when it is not expected any more.
@Suite("What arrives late", .timeLimit(.minutes(1))) struct LateArrivalTests {
  private struct Untrapped: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let pid = try server.own()
      let (first, second) = (try await Puppet.ready(.never), try await Puppet.ready(.never))
      for peer in [first, second] { try await server.link(peer) }
      // While this handler runs, both end: the first as a trapped signal under one name, the second under another.
      let (trapping, firstEnded) = (PuppetGate(), PuppetGate())
      let (retrapping, secondEnded) = (PuppetGate(), PuppetGate())
      server.tell { _, context in
        context.trapExits { Server.note("one \($0.reason)") }
        trapping.reached.fulfil()
        firstEnded.block()
        context.trapExits { Server.note("two \($0.reason)") }
        retrapping.reached.fulfil()
        secondEnded.block()
        #expect(context.stopTrappingExits())
      }
      await trapping.reached.value()
      #expect(try await first.end(crash) == crash)
      firstEnded.open()
      await retrapping.reached.value()
      #expect(try await second.end(crash) == crash)
      secondEnded.open()
      #expect(try await server.notes() == ["one \(crash)", "two \(crash)"])
      // One that comes now ends it.
      pid.exit(.shutdown)
      #expect(await pid.waitForExit() == .shutdown)
    }
  }

  @Test(
    "A signal that was trapped is a message, though trapping was switched off meanwhile",
    arguments: [SignalCase.plain, .async])
  func untrapped(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Untrapped()) }
  }

  private struct Demonitored: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let peer = try await Puppet.ready(.never)
      let peerPid = try peer.own()
      let counts = try await server.ask { _, context in
        let monitors = (0..<50).map { number in
          context.monitor(Puppet.named("nobody")) { _ in Server.note("\(number)") }
        }
        let before = context.snapshot.mailboxCount
        // From the front, from the back, and from within.
        for monitor in monitors[..<10] + monitors[40...].reversed() + monitors[15..<20] { context.demonitor(monitor) }
        return (before, context.snapshot.mailboxCount)
      }
      #expect(counts == (50, 25))
      #expect(try await server.notes() == ((10..<15).map { "\($0)" } + (20..<40).map { "\($0)" }))
      _ = peerPid
    }
  }

  @Test("A message of a watch that has been ended is gone from the mailbox", arguments: SignalCase.allCases)
  func demonitored(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Demonitored()) }
  }

  @Test("The same in a mailbox with a bound, which lets in who waits behind it")
  func demonitoredWithBound() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1, whenFull: .wait)])
      let counts = try await server.ask { _, context in
        let monitor = context.monitor(Puppet.named("nobody")) { _ in .note("never") }
        context.monitor(Puppet.named("nobody")) { _ in .note("ended") }
        let before = context.snapshot.mailboxCount
        context.demonitor(monitor)
        return (before, context.snapshot.mailboxCount)
      }
      #expect(counts == (2, 1))
      #expect(try await server.notes() == ["ended"])
    }
  }

  @Test("The same in a process without a server")
  func demonitoredByProcess() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let monitors = (0..<20).map { _ in process.monitor(Puppet.named("nobody")) }
        for monitor in monitors[..<5] { process.demonitor(monitor) }
        #expect(process.snapshot.mailboxCount == 15)
        // From now on they are messages that have been looked at.
        #expect(try await process.receive(String.self, timeout: .milliseconds(0)) == nil)
        let before = process.snapshot.mailboxCount
        for monitor in monitors[10...].reversed() { process.demonitor(monitor) }
        #expect(process.snapshot.mailboxCount == before - 10)
        for _ in 0..<5 { _ = try await process.receive(Down.self) }
        #expect(try await process.receive(Down.self, timeout: .milliseconds(0)) == nil)
      }
    }
  }

  @Test("A watch that ends just as it is ended leaves no message behind, on many threads")
  func demonitorStorm() async throws {
    try await withRuntime(Runtime()) {
      try await withProcess { process async throws in
        for _ in 0..<2000 {
          let (pid, monitor) = process.spawnMonitored { _ in }
          process.demonitor(monitor)
          _ = await pid.waitForExit()
          let count = process.snapshot.mailboxCount
          #expect(count == 0)
          if count != 0 { break }
        }
      }
    }
  }

  @Test("A process that has ended in an async stop keeps no task of it", arguments: PuppetLending.allCases)
  func task(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      // The first end of the type tells the others that there is no `terminate`.
      for round in 0..<20 {
        let server = try await AsyncPuppet.ready(lending)
        let pid = try server.own()
        if round % 2 == 0 {
          server.cast(.perform { _, _ in .stop(.normal) })
        } else {
          server.cast(
            .perform { _, _ in
              await Task.yield()
              return .stop(.normal)
            })
        }
        #expect(await pid.waitForExit() == .normal)
        try await Task.detached { try await Puppet.start().stop() }.value
        let core = pid.core
        await eventually { core.lock.withLock { core.activation?.task == nil } }
        for _ in 0..<20 { await Task.yield() }
        #expect(core.lock.withLock { core.activation?.task == nil })
      }
    }
  }

  @Test("An answer that comes between two looks of next is returned, on many threads")
  func nextStorm() async throws {
    try await withRuntime(Runtime()) {
      let server = try await Puppet.ready(.never)
      for round in 0..<500 {
        var replies = PendingReplies<Int, Int>()
        for label in 0..<4 {
          replies.add(
            server.sendRequest { client in Puppet.called { _, _ in .reply(round, to: client) } }, label: label)
        }
        var labels: Set<Int> = []
        while let (label, reply) = await replies.next(timeout: .infinity) {
          labels.insert(label)
          #expect(try reply.get() == round)
        }
        #expect(labels == [0, 1, 2, 3])
      }
    }
  }

  @Test("A stop that a kill overtakes hears of the kill")
  func overtakenStop() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      let gate = await server.hold()
      let stop = Task.immediate { try await server.stop() }
      server.exit(.killed)
      gate.open()
      await #expect(throws: CallError.exit(.killed)) { try await stop.value }

      let other = try await Puppet.ready(.never)
      let otherGate = PuppetGate()
      other.tell { _, _ in
        otherGate.block()
        throw ExitReason.shutdown
      }
      await otherGate.reached.value()
      let late = Task.immediate { try await other.stop(.normal) }
      otherGate.open()
      await #expect(throws: CallError.exit(.shutdown)) { try await late.value }
    }
  }

  @Test("What is acknowledged after the start was given up, or a second time, is told so")
  func acknowledgement() async throws {
    try await withTestRuntime { test in
      let acknowledgements = Observed<[Bool]>([])
      let (pid, value) = try await spawn(waitingFor: Int.self) { process, ready in
        let first = ready(1)
        let second = ready(2)
        acknowledgements.change { $0 = [first, second] }
        _ = try await process.receive(Int.self)
        let late = ready(3)
        acknowledgements.change { $0.append(late) }
      }
      #expect(value == 1)
      pid.send(1)
      #expect(await pid.waitForExit() == .normal)
      #expect(acknowledgements.value == [true, false, false])
      #expect(test.runtime.processes.isEmpty)
    }
  }
}
