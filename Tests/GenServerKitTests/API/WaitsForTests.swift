import GenServerKit
import GenServerTesting
import Testing

@Suite("Whom a process waits for", .timeLimit(.minutes(1))) struct WaitsForTests {
  /// Lets one server wait for another, looks, and ends the other one.
  private func expectWait(
    _ wait: @escaping @Sendable (AsyncPuppet.Ref) async throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await withTestRuntime { _ in
      let (first, second) = (try await AsyncPuppet.start(), try await AsyncPuppet.start())
      let waiting = Task { try await first.askAsync(timeout: .infinity) { _, _ in try? await wait(second) } }
      await eventually("the wait shows", sourceLocation: sourceLocation) {
        first.pid?.snapshot?.waitsFor == second.pid
      }
      second.exit(.killed)
      try await waiting.value
      #expect(first.pid?.snapshot?.waitsFor == nil, sourceLocation: sourceLocation)
    }
  }

  @Test("It shows in a call whose answer was left to somebody else")
  func deferred() async throws {
    try await expectWait { other in
      let _: Int = try await other.ask(timeout: .infinity) { _, _, client in _ = Holder.keep(client) }
    }
  }

  @Test("It shows in a call without the check for circles")
  func withoutCheck() async throws {
    let gate = PuppetGate()
    try await expectWait { other in
      let _: Int = try await other.call(timeout: .infinity, detectsDeadlock: false) { (client: ReplyTo<Int>) in
        .perform { _, _ in
          try await gate.pass()
          return .reply(1, to: client)
        }
      }
    }
  }

  @Test("It shows in a wait for an end")
  func exit() async throws { try await expectWait { other in _ = await other.waitForExit() } }

  @Test("It shows in a question")
  func ask() async throws {
    try await expectWait { other in _ = try await other.pid?.ask(Int.self, timeout: .infinity) { _ in "how many?" } }
  }

  @Test("A process that waits for its own end gets an error at once")
  func ownEnd() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncPuppet.start()
      let reason = try await server.askAsync(timeout: .infinity) { _, context in await context.me.waitForExit() }
      #expect(reason == .failure(CallError.callingSelf()))
      #expect("\(reason)".contains("waitForExit()"))
      #expect("\(reason)".contains("WaitsForTests.swift"))
      #expect(server.isAlive)
      await withProcess { process in
        let reason = await process.pid.waitForExit()
        #expect(reason == .failure(CallError.callingSelf()))
      }
    }
  }

  @Test("A circle through a wait for an end is an error at once, whichever closes it", arguments: [true, false])
  func circle(endsWithCall: Bool) async throws {
    try await withTestRuntime { _ in
      let (first, second) = (try await AsyncPuppet.start(), try await AsyncPuppet.start())
      let inner = Task { () async throws -> ExitReason in
        try await first.askAsync(timeout: .infinity) { _, _ in
          if endsWithCall { return await second.waitForExit() }
          do { return try await second.askAsync(timeout: .infinity) { _, _ in await first.waitForExit() } } catch {
            return .failure(error)
          }
        }
      }
      if endsWithCall {
        await eventually { first.pid?.snapshot?.waitsFor == second.pid }
        await #expect(throws: CallError.exit(.failure(CallError.deadlock([second.pid!, first.pid!])))) {
          try await second.askAsync(timeout: .infinity) { _, _ in try await first.askAsync { _, _ in } }
        }
        // The crash of the second one was what the first one waited for.
        #expect(try await inner.value == .failure(CallError.deadlock([second.pid!, first.pid!])))
      } else {
        // Either may be the one that closes it: a caller that runs the handler itself begins to wait after that.
        guard case .failure(CallError.deadlock(let circle, _)) = try await inner.value else {
          Issue.record("no circle was found")
          return
        }
        #expect(Set(circle) == [first.pid!, second.pid!])
      }
    }
  }

  @Test("A circle through a question is an error at once, as long as the question lies in the mailbox")
  func askCircle() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncPuppet.start()
      let (waits, answers) = (PuppetGate(), PuppetGate())
      let peer = spawn { process in
        await waits.stand()
        let reason = await server.pid?.waitForExit()
        // The server's question is still there.
        let asker = try await process.receive(PID.self)
        asker.send(reason.map { "\($0)" } ?? "")
        await answers.stand()
      }
      await waits.reached.value()
      let question = Task {
        try await server.askAsync(timeout: .infinity) { _, _ in
          try await peer.ask(String.self, timeout: .infinity) { $0 }
        }
      }
      await eventually { peer.snapshot?.mailboxCount == 1 }
      waits.open()
      #expect(try await question.value.contains("deadlock"))
      answers.open()
    }
  }

  @Test("Two processes that wait for each other's end: one of them learns it")
  func ends() async throws {
    try await withTestRuntime { _ in
      let (first, second) = (try await AsyncPuppet.start(), try await AsyncPuppet.start())
      let one = Task { try await first.askAsync(timeout: .infinity) { _, _ in await second.waitForExit() } }
      await eventually { first.pid?.snapshot?.waitsFor == second.pid }
      let other = try await second.askAsync(timeout: .infinity) { _, _ in await first.waitForExit() }
      #expect(other == .failure(CallError.deadlock([second.pid!, first.pid!])))
      second.exit(.shutdown)
      #expect(try await one.value == .shutdown)
    }
  }
}

/// Keeps handles, so that their calls stay unanswered.
private enum Holder {
  private static let held = Observed<[ReplyTo<Int>]>([])

  static func keep(_ client: ReplyTo<Int>) -> Int {
    held.change {
      $0.append(client)
      return $0.count
    }
  }
}
