import GenServerKit
import GenServerTesting
import Testing

@Suite("Hibernation", .timeLimit(.minutes(1))) struct HibernationTests {
  @Test("A server that hibernates keeps its state and its mailbox", arguments: PuppetLending.allCases)
  func keepsState(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(options: [lending.option])
      puppet.send(.note("before"))
      puppet.cast(.perform { _, _ in .noReply(then: .hibernate) })
      puppet.send(.note("after"))
      let answer = try await puppet.call { (client: ReplyTo<[String]>) in
        .perform { puppet, _ in .reply(puppet.notes, to: client, then: .hibernate) }
      }
      #expect(answer == ["before", "after"])
      #expect(try await puppet.notes() == ["before", "after"])
    }
  }

  @Test("A server that hibernates from its start on wakes on a message")
  func fromInitialize() async throws {
    try await withTestRuntime { test in
      let sleeper = try await HibernatingServer.start()
      #expect(try await sleeper.call { .count($0) } == 1)
      await test.clock.advance(by: .seconds(59))
      #expect(try await sleeper.call { .count($0) } == 2)
    }
  }

  @Test("A server that hibernates for a time gets its message when nothing comes", arguments: PuppetLending.allCases)
  func withTimeout(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await AsyncPuppet.start(options: [lending.option])
      let answer = try await puppet.call { (client: ReplyTo<Int>) in
        .perform { _, _ in .reply(1, to: client, then: .hibernate(.seconds(60), .note("idle"))) }
      }
      #expect(answer == 1)
      await test.clock.advance(by: .milliseconds(59_999))
      #expect(test.clock.armedTimers == 1)
      await test.clock.advance(by: .milliseconds(1))
      #expect(try await puppet.notes() == ["idle"])
      #expect(test.clock.armedTimers == 0)
    }
  }

  @Test("A message ends that wait")
  func endedByMessage() async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start()
      puppet.cast(.perform { _, _ in .noReply(then: .hibernate(.seconds(60), .note("idle"))) })
      await test.clock.advance(by: .seconds(30))
      puppet.send(.note("message"))
      await test.clock.advance(by: .seconds(600))
      #expect(try await puppet.notes() == ["message"])
    }
  }
}

/// Sleeps between its messages.
private struct HibernatingServer: GenServer {
  enum Call: Sendable { case count(ReplyTo<Int>) }

  var count = 0

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self(), then: .hibernate) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .count(let client):
      count += 1
      return .reply(count, to: client, then: .hibernate)
    }
  }
}
