import GenServerKit
import GenServerTesting
import Testing

/// What handlers arm, watch, link and ask.
@Suite("Handlers as functions: effects", .timeLimit(.minutes(1))) struct HandlerTestEffectTests {
  @Test("Timers are shown with their message and time, and fire when the test moves time", arguments: DeskKind.allCases)
  func timers(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      var test = try await HandlerTest<Server>(initializing: .empty)
      try await test.cast(.remind("second", .seconds(20)))
      try await test.cast(.remind("first", .seconds(10)))
      try await test.cast(.repeated("again", .seconds(15)))
      #expect(test.timers.map(\.message) == [.reminded("first"), .reminded("again"), .reminded("second")])
      #expect(test.timers.map(\.after) == [.seconds(10), .seconds(15), .seconds(20)])
      let start = test.context.now
      try await test.advance(by: .seconds(9))
      #expect(test.notes == [])
      #expect(test.timers.map(\.after) == [.seconds(1), .seconds(6), .seconds(11)])
      try await test.advance(by: .seconds(21))
      #expect(test.notes == ["first", "again", "second", "again"])
      #expect(test.timers.map(\.message) == [.reminded("again")])
      #expect(start.duration(to: test.context.now) == .seconds(30))
    }
    try await run(kind.type)
  }

  @Test("An idle timeout comes when nothing else did", arguments: DeskKind.allCases)
  func idle(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      var test = try await HandlerTest<Server>(initializing: .idle)
      try await test.advance(by: .seconds(59))
      #expect(test.outcome == .goesOnWith(.timeout(.seconds(60), .idle)))
      try await test.cast(.add(1))
      try await test.advance(by: .seconds(60))
      #expect(test.outcome == .goesOn)
      try await test.cast(.idle(.seconds(60)))
      #expect(test.timers.isEmpty)
      try await test.advance(by: .seconds(100))
      #expect(test.outcome == .stops(.normal))
      // What comes after a stop is not handled.
      try await test.advance(by: .seconds(100))
      #expect(test.outcome == .stops(.normal))
    }
    try await run(kind.type)
  }

  @Test("A stop in the middle of an advance leaves what would come after", arguments: DeskKind.allCases)
  func stopUnderway(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      var test = try await HandlerTest<Server>(initializing: .empty)
      try await test.cast(.remind("never", .seconds(20)))
      try await test.cast(.idle(.seconds(10)))
      let start = test.context.now
      try await test.advance(by: .seconds(30))
      #expect(test.outcome == .stops(.normal))
      #expect(test.notes == [])
      #expect(start.duration(to: test.context.now) == .seconds(30))
    }
    try await run(kind.type)
  }

  @Test("What is watched ends when the test says so", arguments: DeskKind.allCases)
  func monitors(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      var test = try await HandlerTest<Server>(initializing: .empty)
      let (one, other) = (PID.standIn(), PID.standIn())
      try await test.cast(.watch(one))
      try await test.cast(.watch(other))
      try await test.cast(.watch(one))
      #expect(test.monitors.count == 3)
      let monitor = test.monitors[0]
      try await test.down(monitor, .killed)
      // Both watches on the one that has ended.
      #expect(test.notes == ["down: killed", "down: killed"])
      #expect(!one.isAlive)
      #expect(other.isAlive)
      #expect(test.monitors.count == 1)
      await #expect(throws: ExpectationFailure.self) { try await test.down(monitor, .killed) }
      // One that has ended already is told of at once.
      try await test.cast(.watch(one))
      try await test.advance(by: .zero)
      #expect(test.notes.last == "down: \(ExitReason.noProcess)")
      // The server can end one itself.
      try await test.cast(.kill(other))
      try await test.advance(by: .zero)
      #expect(!other.isAlive)
      #expect(test.notes.last == "down: killed")
    }
    try await run(kind.type)
  }

  @Test("A real process that is watched goes on, and the watch is told")
  func realProcess() async throws {
    try await withTestRuntime { _ in
      var test = HandlerTest(PlainDesk())
      let real = try await PlainDesk.start(.empty)
      try await test.cast(.watch(try #require(real.pid)))
      try await test.down(test.monitors[0], .shutdown)
      #expect(test.notes == ["down: shutdown"])
      #expect(real.isAlive)
      #expect(test.monitors.isEmpty)
    }
  }

  @Test("A linked process ends the server, or is a message for it", arguments: DeskKind.allCases)
  func links(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      var trapping = try await HandlerTest<Server>(initializing: .empty)
      let first = PID.standIn()
      #expect(!trapping.trapsExits)
      try await trapping.cast(.trap)
      #expect(trapping.trapsExits)
      try await trapping.cast(.link(first))
      #expect(trapping.links == [first])
      try await trapping.exit(of: first, .shutdown)
      #expect(trapping.notes == ["exit: shutdown"])
      #expect(trapping.links.isEmpty)
      #expect(!first.isAlive)
      try await trapping.exit(of: .standIn(), .normal)
      #expect(trapping.notes == ["exit: shutdown", "exit: normal"])
      #expect(try await trapping.exit(of: .standIn(), .killed) == .stops(.killed))

      var test = try await HandlerTest<Server>(initializing: .empty)
      let second = PID.standIn()
      try await test.cast(.link(second))
      #expect(try await test.exit(of: second, .shutdown) == .stops(.shutdown))
      #expect(test.notes == [])

      // The end of the server is one for what it is linked to.
      var ending = try await HandlerTest<Server>(initializing: .empty)
      let third = PID.standIn()
      try await ending.cast(.link(third))
      try await ending.cast(.stop)
      #expect(third.isAlive)
      try await ending.terminate(.shutdown)
      #expect(try await expectExit(of: third) == .shutdown)
    }
    try await run(kind.type)
  }

  @Test("Requests wait for the test's answer, or for their time", arguments: DeskKind.allCases)
  func requests(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      var test = try await HandlerTest<Server>(initializing: .empty)
      try await test.cast(.ask(.named("nobody")))
      try await test.cast(.ask(.named("somebody")))
      try await test.cast(.askAndCancel(.named("nobody else")))
      #expect(
        test.requests.map(\.description)
          == ["request to PlainDesk \"nobody\"", "request to PlainDesk \"somebody\""])
      let (first, second) = (test.requests[0], test.requests[1])
      await #expect(throws: ExpectationFailure.self) { try await test.answer(first, .success("text")) }
      try await test.answer(first, .success(4))
      #expect(test.sum == 4)
      await #expect(throws: ExpectationFailure.self) { try await test.answer(first, .success(4)) }
      try await test.advance(by: .seconds(4))
      #expect(test.requests == [second])
      try await test.advance(by: .seconds(1))
      #expect(test.requests.isEmpty)
      #expect(test.notes == ["no sum"])
      try await test.cast(.ask(.named("nobody")))
      try await test.answer(test.requests[0], Result<Int, CallError>.failure(.noProcess()))
      #expect(test.notes == ["no sum", "no sum"])
    }
    try await run(kind.type)
  }

  @Test("A test leaves nothing behind")
  func memory() throws {
    weak var kept: Token?
    weak var runtime: Runtime?
    do {
      let token = Token()
      kept = token
      var test = HandlerTest(Holder(token: token))
      runtime = test.context.pid.core.runtime
      try test.cast(())
      _ = try test.call { .wait($0) }
      #expect(test.timers.count == 1)
      #expect(test.requests.count == 1)
    }
    #expect(kept == nil)
    #expect(runtime == nil)
  }
}

private final class Token: Sendable {}

/// Holds itself, and arms what would hold it.
private struct Holder: GenServer {
  enum Call: Sendable { case wait(ReplyTo<Int>) }
  typealias Cast = Void
  enum Info: Sendable {
    case later(Token)
    case down, sum

    @Sendable static func answer(_ result: Result<Int, CallError>) -> Self { .sum }
  }

  let token: Token
  var me: ServerRef<Holder>?
  var waiting: [ReplyTo<Int>] = []

  static func initialize(_: Void, context: Context) -> Initial { .ignore }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .wait(let client):
      context.monitor(client) { _ in .down }
      waiting.append(client)
    }
    return .noReply(then: .timeout(.seconds(1), .down))
  }

  mutating func handleCast(_ cast: Void, context: Context) -> Next {
    me = context.me
    context.send(.later(token), after: .seconds(1))
    context.link(.standIn())
    context.monitor(PID.standIn()) { [token] _ in .later(token) }
    context.request(PlainDesk.named("none"), as: Info.answer) { .sum($0) }
    return .noReply
  }

  func handleInfo(_ info: Info, context: Context) -> Next { .noReply }
}
