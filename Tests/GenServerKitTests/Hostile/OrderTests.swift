import GenServerKit
import GenServerTesting
import Testing

@Suite("Order of messages", .timeLimit(.minutes(5))) struct OrderTests {
  private static let lendings: [StartOption.CallsInPlace] = [.never, .whenFast, .always]
  private static let senders = 8

  @Test("each sender's casts arrive in order, and its call never overtakes them", arguments: lendings)
  func order(_ lending: StartOption.CallsInPlace) async throws {
    try await expectOrder(PlainSequencer.self, lending, rounds: 400)
    try await expectOrder(AsyncSequencer.self, lending, rounds: 400)
  }

  @Test(
    "each sender's casts arrive in order, and its call never overtakes them, 80,000 times", .tags(.stress),
    .enabled(if: isStressEnabled), arguments: lendings)
  func orderForLong(_ lending: StartOption.CallsInPlace) async throws {
    try await expectOrder(PlainSequencer.self, lending, rounds: 10_000)
    try await expectOrder(AsyncSequencer.self, lending, rounds: 10_000)
  }

  private func expectOrder<Server: Sequencer>(
    _: Server.Type, _ lending: StartOption.CallsInPlace, rounds: Int
  ) async throws {
    try await withTestRuntime { _ in
      let server = try await Server.start(Self.senders, options: [.callsInPlace(lending)])
      try await withThrowingTaskGroup { group in
        for sender in 0..<Self.senders {
          group.addTask { () async throws in
            for round in 1...rounds {
              server.cast(.item(sender, round))
              if round % 5 == 0 { #expect(try await server.last(of: sender) == round) }
            }
          }
        }
        try await group.waitForAll()
      }
      let summary = try await server.summary()
      #expect(summary.count == Self.senders * rounds)
      #expect(summary.wrong == 0)
    }
  }

  @Test("a message always wakes an idle server", arguments: lendings)
  func wakeUps(_ lending: StartOption.CallsInPlace) async throws {
    try await expectWakeUps(PlainSequencer.self, lending)
    try await expectWakeUps(AsyncSequencer.self, lending)
  }

  private func expectWakeUps<Server: Sequencer>(_: Server.Type, _ lending: StartOption.CallsInPlace) async throws {
    try await withTestRuntime { _ in
      let server = try await Server.start(Self.senders, options: [.callsInPlace(lending)])
      await withTaskGroup { group in
        for _ in 0..<Self.senders {
          group.addTask {
            // The server falls idle again and again while the next message is on its way: threads meet at the run right.
            for _ in 1...200 {
              let handled = Signal()
              server.cast(.tell(handled))
              await handled.wait()
            }
          }
        }
      }
      #expect(try await server.summary().wrong == 0)
    }
  }
}
