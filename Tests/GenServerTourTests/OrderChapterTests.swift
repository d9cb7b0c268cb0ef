import Foundation
import GenServerKit
import Testing

@testable import GenServerTour

@Suite(.timeLimit(.minutes(1))) struct OrderChapterTests {
  @Test("S0-3: calls, casts and messages reach the same state, and both sides log") func threeWays() async throws {
    let outcome = try await outcome(of: OrderChapter.threeWays)
    #expect(outcome.states == [0, 1, 6])
    #expect(
      outcome.lines == [
        "REQUEST ORDER: 1", "PROCESS ORDER: 1", "REQUEST ORDER: 2", "PROCESS ORDER: 2", "PROCESS ORDER: 3",
      ])
  }

  @Test("S0-4: the second call is sent when the first is answered") func calls() async throws {
    let outcome = try await outcome(of: OrderChapter.calls)
    #expect(outcome.state == 3)
    #expect(
      outcome.lines == ["REQUEST ORDER: 1", "PROCESS ORDER: 1", "REQUEST ORDER: 2", "PROCESS ORDER: 2"])
  }

  @Test("S0-5: both casts are sent before the first is done, and keep their order") func casts() async throws {
    let outcome = try await outcome(of: OrderChapter.casts)
    #expect(outcome.meanwhile == ["REQUEST ORDER: 1", "REQUEST ORDER: 2"])
    #expect(outcome.state == 3)
    #expect(
      outcome.lines == ["REQUEST ORDER: 1", "REQUEST ORDER: 2", "PROCESS ORDER: 1", "PROCESS ORDER: 2"])
  }

  @Test("S0-6: plain messages keep their order, and nobody logs them at the client") func messages() async throws {
    let outcome = try await outcome(of: OrderChapter.messages)
    #expect(outcome.state == 3)
    #expect(outcome.lines == ["PROCESS ORDER: 1", "PROCESS ORDER: 2"])
  }

  @Test("S0-8: mixed requests are handled in the order of sending") func mixture() async throws {
    let outcome = try await outcome(of: OrderChapter.mixture)
    #expect(outcome.state == 21)
    #expect(outcome.lines == (1...6).map { "PROCESS ORDER: \($0)" })
  }

  @Test("S0-1: slow messages do not mix, and run in the order of each sender") func slowMessages() async throws {
    let outcome = try await outcome(of: OrderChapter.slowMessages)
    #expect(outcome.ofOneSender == SlowAdder.Sum(total: (1...99).reduce(0, +), numbers: Array(1...99)))
    #expect(outcome.ofFourSenders.total == outcome.ofFourSenders.numbers.reduce(0, +))
    for sender in 1...4 {
      let numbers = outcome.ofFourSenders.numbers.filter { $0 / 1000 == sender }
      #expect(numbers == (1...25).map { sender * 1000 + $0 })
    }
    #expect(outcome.ofFourSenders.numbers.count == 100)
  }

  @Test("S0-2: the same example works on a server made by hand and on the library") func tinyServer() async throws {
    let outcome = try await outcome(of: OrderChapter.tinyServer)
    for outcome in [outcome.byHand, outcome.onLibrary] {
      #expect(outcome.state == 21)
      #expect(outcome.lines == (1...6).map { "PROCESS ORDER: \($0)" } + ["TERMINATE: 21, shutdown: enough"])
      #expect(outcome.isReasonKept)
    }
  }

  @Test("S0-2: the server made by hand has 49 lines, and its example is the file of the other")
  func tinySources() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardized
    let server = try String(contentsOf: sources.appending(path: "HandmadeServer/HandmadeServer.swift"), encoding: .utf8)
    let lines = server.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.count <= 49)
    #expect(lines.allSatisfy { $0.count <= 100 })
    let example = sources.appending(path: "HandmadeServerOnLibrary/Example.swift")
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: example.path)
    #expect(target == "../HandmadeServer/Example.swift")
  }

  @Test("S0-7: who watches a server that is stopped hears exactly the reason") func stop() async throws {
    let outcome = try await outcome(of: OrderChapter.stop)
    #expect(outcome.wasAlive)
    #expect(outcome.down.pid == outcome.pid)
    #expect(outcome.down.reason == .shutdownBecause("enough"))
    #expect(!outcome.isAlive)
  }

  @Test("S0-9: other messages of all types are handled, and terminate gets the reason and the state")
  func otherMessages() async throws {
    let outcome = try await outcome(of: OrderChapter.otherMessages)
    #expect(
      outcome.heard == [
        "the bell", "something else: a text", "something else: 42", "somebody left: shutdown",
      ])
    #expect(outcome.lastWords == .init(reason: .shutdownBecause("late"), heard: outcome.heard))
  }
}
