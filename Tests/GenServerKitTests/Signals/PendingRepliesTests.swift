import GenServerKit
import GenServerTesting
import Testing

@Suite("Answers to several requests", .timeLimit(.minutes(1))) struct PendingRepliesTests {
  @Test("they come in the order in which they are given, each with its label")
  func order() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      var clients: [PuppetPromise<ReplyTo<Int>>] = []
      var replies = PendingReplies<String, Int>()
      let wasEmpty = replies.isEmpty
      #expect(wasEmpty)
      for number in 0..<4 {
        let kept = PuppetPromise<ReplyTo<Int>>()
        clients.append(kept)
        let reply = server.sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { _, _ in
            kept.fulfil(client)
            return .noReply
          }
        }
        replies.add(reply, label: "\(number)")
      }
      for number in [2, 0, 3, 1] { await clients[number].take().reply(number) }
      var seen: [String] = []
      while let (label, reply) = await replies.next() { seen.append("\(label) \(try reply.get())") }
      #expect(seen == ["2 2", "0 0", "3 3", "1 1"])
      let isEmpty = replies.isEmpty
      #expect(isEmpty)
    }
  }

  @Test("GS-067, GS-068: one deadline for all; what is missing is told apart, and can be waited for later")
  func deadline() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.ready(.never)
      let kept = PuppetPromise<ReplyTo<Int>>()
      var replies = PendingReplies<String, Int>()
      replies.add(
        server.sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { _, _ in
            kept.fulfil(client)
            return .noReply
          }
        }, label: "late")
      replies.add(
        Puppet.named("nobody").sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { _, _ in .reply(0, to: client) }
        }, label: "missing")
      let missing = try #require(await replies.next())
      #expect(missing.label == "missing")
      #expect(throws: CallError.noProcess()) { try missing.reply.get() }

      let client = await kept.take()
      let clock = test.clock
      let mover = Task {
        await clock.waitForTimers(1)
        await clock.advance(by: .milliseconds(100))
      }
      #expect(await replies.next(timeout: .milliseconds(100)) == nil)
      await mover.value
      client.reply(5)
      #expect(try await replies.next()?.reply.get() == 5)
      #expect(await replies.next() == nil)
    }
  }

  @Test("what is left has its labels, and can be given up")
  func labels() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      var replies = PendingReplies<String, Int>()
      var clients: [ReplyTo<Int>] = []
      for label in ["a", "b", "c"] {
        let kept = PuppetPromise<ReplyTo<Int>>()
        replies.add(
          server.sendRequest { (client: ReplyTo<Int>) in
            Puppet.called { _, _ in
              kept.fulfil(client)
              return .noReply
            }
          }, label: label)
        clients.append(await kept.take())
      }
      var labels = replies.labels
      #expect(labels == ["a", "b", "c"])
      clients[1].reply(1)
      let first = await replies.next()
      #expect(first?.label == "b")
      labels = replies.labels
      #expect(labels == ["a", "c"])

      // An answer that is there already counts.
      clients[2].reply(2)
      replies.cancel()
      #expect(!clients[0].isWaiting)
      var rest: [String: Result<Int, CallError>] = [:]
      while let (label, reply) = await replies.next() { rest[label] = reply }
      #expect(rest == ["a": .failure(.cancelled()), "c": .success(2)])
      labels = replies.labels
      #expect(labels.isEmpty)
    }
  }
}
