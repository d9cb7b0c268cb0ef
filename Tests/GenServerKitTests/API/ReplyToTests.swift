import Foundation
import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("Reply handle", .timeLimit(.minutes(1))) struct ReplyHandleTests {
  @Test("A task that is no process has no pid to call with", arguments: PuppetLending.allCases)
  func callerIsTask(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let plain = try await Puppet.ready(lending)
      let async = try await AsyncPuppet.ready(lending)
      for _ in 1...3 {
        #expect(try await caller(of: plain) == nil)
        #expect(try await caller(of: async) == nil)
      }
    }
  }

  /// Whom the server sees as its caller.
  private func caller<Server: PuppetShow>(of puppet: ServerRef<Server>) async throws(CallError) -> PID? {
    try await puppet.call { (client: ReplyTo<PID?>) in
      Server.called { _, _ in .reply(client.caller, to: client) }
    }
  }

  @Test(
    "A handler calls as its process", arguments: PuppetLending.allCases, PuppetLending.allCases)
  func callerIsHandler(own: PuppetLending, others: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let asker = try await AsyncPuppet.ready(own)
      let plain = try await Puppet.ready(others)
      let async = try await AsyncPuppet.ready(others)
      for _ in 1...3 {
        let seen = try await asker.askAsync { _, _ in
          [try await caller(of: plain), try await caller(of: async), try await caller(of: plain)]
        }
        #expect(seen == [asker.pid, asker.pid, asker.pid])
      }
    }
  }

  @Test("A child task of a handler calls as its process", arguments: PuppetLending.allCases)
  func callerIsChildTask(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let asker = try await AsyncPuppet.ready(lending)
      let plain = try await Puppet.ready(lending)
      let async = try await AsyncPuppet.ready(lending)
      let seen = try await asker.askAsync { _, _ in
        async let first = caller(of: plain)
        async let second = caller(of: async)
        let third = try await withThrowingTaskGroup(of: PID?.self) { group in
          group.addTask { try await caller(of: plain) }
          return try await group.next() ?? nil
        }
        return try await [first, second, third]
      }
      #expect(seen == [asker.pid, asker.pid, asker.pid])
    }
  }

  @Test("A plain handler that sends a request is its caller", arguments: PuppetLending.allCases)
  func callerIsPlainHandler(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let asker = try await Puppet.ready(lending)
      let other = try await Puppet.ready(lending)
      let pending = try await asker.ask { _, _ in
        other.sendRequest { (client: ReplyTo<PID?>) in
          Puppet.called { _, _ in .reply(client.caller, to: client) }
        }
      }
      #expect(try await pending.value() == asker.pid)
    }
  }

  @Test("The caller is known as long as the handle lasts", arguments: PuppetLending.allCases)
  func callerOfKeptHandle(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let asker = try await AsyncPuppet.ready(lending)
      let keeper = try await Puppet.ready(lending)
      let kept = PuppetPromise<ReplyTo<Int>>()
      let answer = Task.immediate {
        try await asker.askAsync { _, _ in try await keeper.ask { _, _, client in kept.fulfil(client) } }
      }
      let client = await kept.value()
      // The keeper's next answer comes when the handler has returned and the caller waits.
      _ = try await keeper.ask { _, _ in 0 }
      #expect(client.caller == asker.pid)
      #expect(client.isWaiting)
      #expect(client.reply(5))
      #expect(try await answer.value == 5)
    }
  }

  @Test("The caller is known on every thread, also while the handler runs", arguments: PuppetLending.allCases)
  func callerOnOtherThread(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let asker = try await AsyncPuppet.ready(lending)
      let keeper = try await Puppet.ready(lending)
      let seen = try await asker.askAsync { _, _ in
        try await keeper.call { (client: ReplyTo<PID?>) in
          Puppet.called { _, _ in
            let caller = PuppetPromise<PID?>()
            let gate = PuppetGate()
            Thread.detachNewThread {
              caller.fulfil(client.caller)
              gate.open()
            }
            gate.block()
            return .reply(caller.current ?? nil, to: client)
          }
        }
      }
      #expect(seen == asker.pid)
    }
  }

  @Test("A handle waits until it is answered", arguments: PuppetLending.allCases)
  func isWaiting(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.ready(lending)
      let seen = PuppetPromise<[Bool]>()
      let answer = try await puppet.ask { (_, _, client: ReplyTo<String>) in
        let before = client.isWaiting
        let took = client.reply("first")
        let after = client.isWaiting
        seen.fulfil([before, took, after])
      }
      #expect(answer == "first")
      #expect(await seen.value() == [true, true, false])
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("A caller that timed out does not wait, and takes no answer", arguments: PuppetLending.allCases)
  func afterTimeout(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.ready(lending)
      let kept = PuppetPromise<ReplyTo<Int>>()
      let caller = Task.immediate {
        try await puppet.ask(timeout: .seconds(1)) { _, _, client in kept.fulfil(client) }
      }
      let client = await kept.value()
      await test.clock.waitForTimers()
      #expect(client.isWaiting)
      await test.clock.advance(by: .seconds(1))
      await #expect(throws: CallError.timeout()) { try await caller.value }
      #expect(!client.isWaiting)
      #expect(!client.reply(1))
      // It was the first answer, and nobody hears of it.
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("A caller that was cancelled does not wait, and takes no answer", arguments: PuppetLending.allCases)
  func afterCancellation(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.ready(lending)
      let kept = PuppetPromise<ReplyTo<Int>>()
      let caller = Task.immediate { try await puppet.ask { _, _, client in kept.fulfil(client) } }
      let client = await kept.value()
      caller.cancel()
      await #expect(throws: CallError.cancelled()) { try await caller.value }
      #expect(!client.isWaiting)
      #expect(!client.reply(1))
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("A second answer goes nowhere and is logged", arguments: PuppetLending.allCases)
  func secondAnswer(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      try await secondAnswer(Puppet.ready(lending, name: "plain"), test)
      try await secondAnswer(AsyncPuppet.ready(lending, name: "async"), test)
    }
  }

  private func secondAnswer<Server: PuppetShow>(_ puppet: ServerRef<Server>, _ test: TestRuntime) async throws {
    let before = test.logs.entries.count
    let taken = PuppetPromise<[Bool]>()
    let answer: Int = try await puppet.ask { _, _, client in
      taken.fulfil([client.reply(1), client.reply(2), client.reply(3)])
    }
    #expect(answer == 1)
    #expect(await taken.value() == [true, false, false])
    // One that the handler returns is a second one as well.
    let other = try await puppet.call { (client: ReplyTo<Int>) in
      Server.called { _, _ in
        client.reply(4)
        return .reply(5, to: client)
      }
    }
    #expect(other == 4)
    // The handler's own answer comes after the one that the caller got.
    _ = try await puppet.notes()
    let entries = test.logs.entries.dropFirst(before)
    #expect(entries.count == 3)
    for entry in entries {
      #expect(entry.level == .warning)
      #expect(entry.message.contains("second"))
      #expect(entry.metadata["pid"] == "\(try #require(puppet.pid))")
      #expect(entry.metadata["type"] == "Int")
    }
  }

  @Test("A second answer from outside is logged too", arguments: PuppetLending.allCases)
  func secondAnswerFromTask(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.ready(lending)
      let kept = PuppetPromise<ReplyTo<String>>()
      let caller = Task.immediate { try await puppet.ask { _, _, client in kept.fulfil(client) } }
      let client = await kept.value()
      #expect(client.reply("first"))
      #expect(!client.reply("second"))
      #expect(try await caller.value == "first")
      #expect(test.logs.entries.map(\.level) == [.warning])
      #expect(test.logs.entries.first?.metadata["type"] == "String")
    }
  }

  @Test("An answer without a value", arguments: PuppetLending.allCases)
  func voidAnswer(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.ready(lending)
      let taken = PuppetPromise<Bool>()
      try await puppet.ask { (_, _, client: ReplyTo<Void>) in taken.fulfil(client.reply()) }
      #expect(await taken.value())
      try await puppet.call { (client: ReplyTo<Void>) in Puppet.called { _, _ in .reply(to: client) } }
    }
  }

  @Test("A handle that is kept by the request's closure alone is lost", arguments: PuppetLending.allCases)
  func dropped(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let plain = try await Puppet.ready(lending)
      let async = try await AsyncPuppet.ready(lending)
      for _ in 1...3 {
        await #expect(throws: CallError.replyDropped()) { let _: Int = try await plain.ask { _, _, _ in } }
        await #expect(throws: CallError.replyDropped()) { let _: Int = try await async.ask { _, _, _ in } }
      }
    }
  }
}
