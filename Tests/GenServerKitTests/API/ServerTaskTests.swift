import GenServerKit
import GenServerTesting
import Logging
import Testing

/// Lets tasks do its work.
private struct Office: GenServer {
  struct Refused: Error, Equatable {}

  enum Call: Sendable {
    case work(PuppetGate, ReplyTo<String>)
    case view(Runtime, ReplyTo<Bool>)
    case outcomes(ReplyTo<[String]>)
    case cancel(ReplyTo<Void>)
  }
  enum Cast: Sendable {
    case fail
    case wait(PuppetGate, PuppetJournal)
    case plain(PuppetJournal)
  }
  enum Info: Sendable {
    case done(ReplyTo<String>, Result<String, any Error>)
    case outcome(String)
  }

  var outcomes: [String] = []
  var last: ServerTask?

  static func initialize(_: Void, context: Context) -> Initial { .ok(Office()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .work(let gate, let client):
      // swift-format-ignore: OnlyOneTrailingClosureArgument
      context.task(as: { .done(client, $0) }) {
        await gate.stand()
        return "done"
      }
      return .noReply
    case .view(let runtime, let client):
      context.task {
        let isOutside = (try? await Office.startLink()) == nil
        client.reply(Runtime.current === runtime && isOutside)
      }
      return .noReply
    case .outcomes(let client): return .reply(outcomes, to: client)
    case .cancel(let client):
      last?.cancel()
      return .reply(to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .fail:
      last = context.task(as: Self.outcome) { throw Refused() }
    case .wait(let gate, let journal):
      last = context.task(as: Self.outcome) {
        do { try await gate.pass() } catch { journal.write("cancelled") }
        return "passed"
      }
    case .plain(let journal):
      context.task { journal.write("ran") }
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .done(let client, .success(let text)): client.reply(text)
    case .done(_, .failure): break
    case .outcome(let text): outcomes.append(text)
    }
    return .noReply
  }

  @Sendable private static func outcome(of result: Result<String, any Error>) -> Info {
    switch result {
    case .success(let text): .outcome(text)
    case .failure(let error): .outcome("\(error is Refused)")
    }
  }
}

@Suite("Tasks of a server", .timeLimit(.minutes(1))) struct ServerTaskTests {
  /// Once there are any.
  private func outcomes(of office: Office.Ref) async throws -> [String] {
    while true {
      let outcomes = try await office.call { .outcomes($0) }
      if !outcomes.isEmpty { return outcomes }
      await Task.yield()
    }
  }

  @Test("The outcome arrives as a message, and the server handles others meanwhile", arguments: PuppetLending.allCases)
  func outcome(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let office = try await Office.start(options: [lending.option])
      let gate = PuppetGate()
      let work = Task { try await office.call(timeout: .infinity) { .work(gate, $0) } }
      await gate.reached.value()
      #expect(try await office.call { .outcomes($0) }.isEmpty)
      gate.open()
      #expect(try await work.value == "done")
    }
  }

  @Test("An error that the body throws is the outcome, and the server goes on")
  func failure() async throws {
    try await withTestRuntime { _ in
      let office = try await Office.start()
      office.cast(.fail)
      #expect(try await outcomes(of: office) == ["true"])
      #expect(office.isAlive)
    }
  }

  @Test("It belongs to the server's runtime and is no process", arguments: PuppetLending.allCases)
  func surroundings(lending: PuppetLending) async throws {
    let runtime = Runtime()
    let office = try await withRuntime(runtime) { () async throws in try await Office.start(options: [lending.option]) }
    for _ in 0..<3 { #expect(try await office.call { .view(runtime, $0) }) }
    try await runtime.shutdown()
  }

  @Test("The end of the server cancels its tasks, and nobody gets their messages", arguments: [true, false])
  func end(isKill: Bool) async throws {
    try await withTestRuntime { test in
      let office = try await Office.start()
      let (gate, journal) = (PuppetGate(), PuppetJournal())
      office.cast(.wait(gate, journal))
      await gate.reached.value()
      if isKill { office.exit(.killed) } else { try await office.stop() }
      _ = await office.waitForExit()
      // The cancelled body writes and returns.
      await eventually { journal.lines == ["cancelled"] }
      #expect(!test.logs.entries.contains { $0.level == .error })
    }
  }

  @Test("After `cancel` no message comes, also when it lay in the mailbox", arguments: [true, false])
  func cancel(hasFinished: Bool) async throws {
    try await withTestRuntime { _ in
      let office = try await Office.start()
      let (gate, journal) = (PuppetGate(), PuppetJournal())
      office.cast(.wait(gate, journal))
      await gate.reached.value()
      if hasFinished {
        // The request to cancel lies in front of the outcome.
        try await Sys.suspend(office)
        let cancelled = Task { try await office.call { .cancel($0) } }
        await eventually { office.pid?.snapshot?.mailboxCount == 1 }
        gate.open()
        await eventually { office.pid?.snapshot?.mailboxCount == 2 }
        try await Sys.resume(office)
        try await cancelled.value
      } else {
        try await office.call { .cancel($0) }
        await eventually { journal.lines == ["cancelled"] }
      }
      #expect(try await office.call { .outcomes($0) }.isEmpty)
    }
  }

  @Test("One without a message just runs")
  func withoutMessage() async throws {
    try await withTestRuntime { _ in
      let office = try await Office.start()
      let journal = PuppetJournal()
      office.cast(.plain(journal))
      await eventually { journal.lines == ["ran"] }
      #expect(try await office.call { .outcomes($0) }.isEmpty)
    }
  }

  @Test("In a handler test the outcome lies in the mailbox for the next step")
  func handlerTest() async throws {
    var test = try await HandlerTest<Office>(initializing: ())
    try await test.cast(.fail)
    await eventually { test.mailboxCount == 1 }
    let outcomes = try await test.call { .outcomes($0) }
    #expect(outcomes.reply == ["true"])
  }
}
