import GenServerTesting
import Testing

@testable import GenServerKit

/// What is used again behaves the second time as the first.
@Suite("Second occurrences", .timeLimit(.minutes(1))) struct SecondOccurrenceTests {
  @Test("A reply node that was watched in its last call is not in the next")
  func node() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.always)
      for round in 0..<20 {
        // Answered in place, so that the thread keeps the node.
        let answer: Int = try await server.call { client in
          Puppet.called { _, context in
            context.monitor(client) { Puppet.note("left: \($0.reason)") }
            return .reply(round, to: client)
          }
        }
        #expect(answer == round)
        // The same thread's next call gives up, and nobody watches it.
        let kept = PuppetPromise<ReplyTo<Int>>()
        let call = Task.immediate { try await server.ask { (_, _, client: ReplyTo<Int>) in kept.fulfil(client) } }
        let client = await kept.take()
        call.cancel()
        await #expect(throws: CallError.cancelled()) { try await call.value }
        #expect(!client.reply(1))
      }
      #expect(try await server.notes() == [])
      #expect(try await server.ask { _, context in context.snapshot.monitors.count } == 0)
    }
  }

  @Test("A watch that is used again tells of its own process, name and end")
  func monitor() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      for round in 0..<20 {
        let named = try await Puppet.start(name: ProcessName("named \(round)"))
        let plain = try await Puppet.start()
        let byName = Puppet.named(ProcessName("named \(round)"))
        try await server.ask { _, context in
          context.demonitor(context.monitor(byName) { _ in .note("wrong") })
          context.monitor(plain) { .note("\(round) \($0.name ?? "plain") \($0.reason)") }
        }
        _ = try await plain.end(crash)
        try await server.ask { _, context in
          context.demonitor(context.monitor(plain) { _ in .note("wrong") })
          context.monitor(byName) { .note("\(round) \($0.name ?? "plain") \($0.reason)") }
        }
        _ = try await named.end(.shutdown)
        #expect(try await server.notes() == ["\(round) plain \(crash)", "\(round) named \(round) shutdown"])
        try await server.ask { puppet, _ in puppet.notes = [] }
      }
      #expect(server.pid?.snapshot?.monitors == [])
    }
  }

  @Test(
    "A mailbox that was full and emptied has all its room again",
    arguments: [OverflowPolicy.refuse, .dropNewest, .wait])
  func room(_ policy: OverflowPolicy) async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 3, whenFull: policy)])
      for _ in 0..<20 {
        let gate = await server.hold()
        let dead: PendingReply<Int> = server.sendRequest { client in Puppet.called { _, _ in .reply(1, to: client) } }
        #expect(server.send(.note("1")) == .enqueued)
        dead.cancel()
        #expect(server.send(.note("2")) == .enqueued)
        #expect(server.send(.note("3")) == .enqueued)
        #expect(server.send(.note("4")) != .enqueued)
        gate.open()
        // Past the bound, so that it is not refused itself.
        #expect(try await Sys.state(of: server) { $0.notes } == ["1", "2", "3"])
        try await Sys.replaceState(of: server) { $0.notes = [] }
      }
    }
  }

  @Test("A request whose wait ran out is returned by a later next, once")
  func next() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      let kept = Observed<[ReplyTo<Int>]>([])
      var replies = PendingReplies<Int, Int>()
      for label in 0..<2 {
        let reply: PendingReply<Int> = server.sendRequest { client in
          Puppet.called { _, _ in
            kept.change { $0.append(client) }
            return .noReply
          }
        }
        replies.add(reply, label: label)
      }
      let clients = await kept.value { $0.count == 2 }
      for label in 0..<2 {
        for _ in 0..<3 {
          let nothing = await replies.next(timeout: .after(.zero))
          #expect(nothing == nil)
        }
        #expect(clients[label].reply(label))
        let next = await replies.next(timeout: .infinity)
        #expect(next?.label == label)
        #expect(next?.reply == .success(label))
      }
      let none = await replies.next(timeout: .infinity)
      #expect(none == nil)
    }
  }
}
