import GenServerKit
import GenServerTesting
import Synchronization
import Testing

/// Writes down when it ends.
private struct Diary: GenServer {
  struct Torn: Error, Equatable {}
  enum Cast: Sendable { case tear, close }

  let name: String
  let pages: Pages

  static func initialize(_ argument: (String, Pages), context: Context) -> Initial {
    .ok(Diary(name: argument.0, pages: argument.1))
  }
  func handleCast(_ cast: Cast, context: Context) throws -> Next {
    if case .tear = cast { throw Torn() }
    return .stop(.normal)
  }
  func terminate(_ reason: ExitReason, context: Context) async { pages.write("\(name): \(reason)") }
}

private final class Pages: Sendable {
  private let lines = Mutex<[String]>([])
  func write(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

private struct Other: Error, Equatable {}

@Suite("Started for one test", .timeLimit(.minutes(1))) struct StartedProcessesTests {
  @Test("What is started is stopped at the end, the last one first, with terminate")
  func order() async throws {
    let pages = Pages()
    let pids = try await withTestRuntime { test in
      let first = try await test.start(Diary.self, ("first", pages), name: "named")
      let second = try await test.start(Diary.self, ("second", pages))
      let raw = test.spawn { process in
        process.trapExits()
        do { _ = try await process.receive() } catch {
          pages.write("raw: \(error)")
          throw error
        }
      }
      #expect(Diary.whereis("named") == first)
      // Until it waits.
      await test.clock.advance(by: .zero)
      return [first.pid, second.pid, raw].compactMap { $0 }
    }
    #expect(pages.all == ["raw: shutdown", "second: shutdown", "first: shutdown"])
    for pid in pids { #expect(!pid.isAlive) }
  }

  @Test("They are stopped also when the test fails, whose error is passed on")
  func failing() async throws {
    let pages = Pages()
    await #expect(throws: Other()) {
      try await withTestRuntime { test in
        let server = try await test.start(Diary.self, ("one", pages))
        _ = try await test.start(Diary.self, ("other", pages))
        server.cast(.tear)
        _ = await server.waitForExit()
        throw Other()
      }
    }
    #expect(pages.all == ["one: an error was thrown: Torn()", "other: shutdown"])
  }

  @Test("A crash that nobody expected fails the test with its reason and the line of the start")
  func unexpected() async throws {
    let pages = Pages()
    let failure = await #expect(throws: ExpectationFailure.self) {
      try await withTestRuntime { test in
        let server = try await test.start(Diary.self, ("one", pages))
        server.cast(.tear)
        _ = await server.waitForExit()
      }
    }
    #expect(failure?.line == UInt(#line) - 7)
    #expect(failure?.message.hasPrefix("Diary <") == true)
    #expect(
      failure?.message.hasSuffix(", which the test started here, ended unexpectedly: an error was thrown: Torn()")
        == true)
    await #expect(throws: ExpectationFailure.self) {
      try await withTestRuntime { test in
        let raw = test.spawn { _ in throw Other() }
        _ = await raw.waitForExit()
      }
    }
  }

  @Test("A crash is expected by who waits for it, and an orderly end is none", arguments: 0..<5)
  func expected(way: Int) async throws {
    let pages = Pages()
    try await withTestRuntime { test in
      let server = try await test.start(Diary.self, ("one", pages), mayCrash: way == 0)
      switch way {
      case 0:
        server.cast(.tear)
        _ = await server.waitForExit()
      case 1:
        server.cast(.tear)
        try await expectExit(of: server)
      case 2:
        try await withProcess { process in
          let monitor = process.monitor(server)
          server.cast(.tear)
          try await process.expectDown(of: monitor)
        }
      case 3:
        server.cast(.close)
        _ = await server.waitForExit()
      default:
        try await server.stop(.shutdownBecause("enough"))
      }
    }
  }
}
