import GenServerKit
import GenServerTesting
import Testing

/// Who makes a request may hand its handle to somebody who answers before the request lies in the mailbox.
@Suite("Answers that come before the request is sent", .timeLimit(.minutes(1))) struct EarlyAnswerTests {
  private let nothing = Puppet.called { _, _ in .noReply }

  @Test("a call that has to wait its turn gets the answer", arguments: [nil, 1] as [Int?])
  func call(limit: Int?) async throws {
    try await withTestRuntime { test in
      let bound = limit.map { [StartOption.mailbox(limit: $0)] } ?? []
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)] + bound)
      let gate = await puppet.hold()
      // The mailbox of the bounded one is full.
      puppet.tell { puppet, _ in puppet.notes.append("filled") }
      let answer: Int = try await puppet.call(timeout: .after(.zero)) { client in
        #expect(client.reply(5))
        return nothing
      }
      #expect(answer == 5)
      gate.open()
      // Passes the bound, and is answered behind what lies in the mailbox.
      #expect(try await Sys.state(of: puppet) { $0.notes } == ["filled"])
      #expect(puppet.pid?.snapshot?.mailboxCount == 0)
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("a call on the caller's thread gets the answer", arguments: PuppetLending.allCases)
  func lent(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.ready(lending)
      let answer: Int = try await puppet.call { client in
        client.reply(5)
        return nothing
      }
      #expect(answer == 5)
    }
  }

  @Test("a request that is awaited later gets the answer", arguments: [nil, 1] as [Int?])
  func pending(limit: Int?) async throws {
    try await withTestRuntime { _ in
      let bound = limit.map { [StartOption.mailbox(limit: $0)] } ?? []
      let puppet = try await Puppet.start(options: [.callsInPlace(.never)] + bound)
      let gate = await puppet.hold()
      puppet.tell { _, _ in }
      let pending: PendingReply<Int> = puppet.sendRequest { client in
        #expect(client.reply(5))
        return nothing
      }
      #expect(try await pending.value(timeout: .after(.zero)) == 5)
      gate.open()
    }
  }

  @Test("a request of a server gets the answer as a message", arguments: PuppetLending.allCases)
  func request(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.ready(.never)
      let asker = try await Puppet.ready(lending)
      let gate = await puppet.hold()
      let nothing = nothing
      _ = try await asker.ask { _, context in
        context.request(puppet, as: { .note("\($0)") }) { (client: ReplyTo<Int>) in
          client.reply(5)
          return nothing
        }
      }
      #expect(try await asker.notes() == ["success(5)"])
      #expect(test.clock.armedTimers == 0)
      gate.open()
    }
  }

  @Test("a handler may wait for its own server's answer once that is somebody else's to give")
  func ownServer() async throws {
    try await withTestRuntime { test in
      let puppet = try await AsyncPuppet.ready(.never)
      let kept = PuppetPromise<ReplyTo<Int>>()
      let pending = try await puppet.askAsync { _, context in
        context.me.sendRequest { (client: ReplyTo<Int>) in
          AsyncPuppet.called { _, _ in
            kept.fulfil(client)
            return .noReply
          }
        }
      }
      _ = try await puppet.notes()
      let wait = Task.immediate { try await puppet.askAsync { _, _ in try await pending.value() } }
      // Of the call, and of the wait in its handler.
      await test.clock.waitForTimers(2)
      #expect(await kept.take().reply(5))
      #expect(try await wait.value == 5)
    }
  }
}
