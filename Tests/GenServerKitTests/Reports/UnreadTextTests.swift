import GenServerKit
import GenServerTesting
import Logging
import Testing

/// Counts how often it is put into words.
private struct CountedPayload: Sendable, CustomStringConvertible {
  let count = Observed(0)

  var description: String {
    count.change { $0 += 1 }
    return "the payload"
  }
}

private struct PayloadShelf: GenServer {
  enum Call: Sendable {
    case put(CountedPayload, ReplyTo<Int>)
    case keep(CountedPayload, ReplyTo<Int>)
    case forward(CountedPayload, to: PayloadShelf.Ref, ReplyTo<Void>)
    case answered(ReplyTo<String>)
  }
  enum Cast: Sendable { case fail }
  enum Info: Sendable { case answer(Result<Int, CallError>) }

  var payload: CountedPayload
  var kept: [ReplyTo<Int>] = []
  var answers: [String] = []

  static func initialize(_ payload: CountedPayload, context: Context) -> Initial { .ok(PayloadShelf(payload: payload)) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .put(_, let client): return .reply(1, to: client)
    case .keep(_, let client): kept.append(client)
    case .forward(let payload, let other, let client):
      // swift-format-ignore: OnlyOneTrailingClosureArgument
      context.request(other, as: { .answer($0) }) { .put(payload, $0) }
      return .reply(to: client)
    case .answered(let client): return .reply(answers.joined(), to: client)
    }
    return .noReply
  }

  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next { throw PuppetError("crash") }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .answer(.success(let value)): answers.append("\(value)")
    case .answer(.failure(let error)): answers.append("\(error.details.request)")
    }
    return .noReply
  }
}

@Suite("Texts that nobody reads", .timeLimit(.minutes(1))) struct UnreadTextTests {
  @Test("a request that succeeds is never put into words", arguments: PuppetLending.allCases)
  func success(_ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let payload = CountedPayload()
      let shelf = try await PayloadShelf.start(CountedPayload(), options: [lending.option])
      let asker = try await PayloadShelf.start(CountedPayload(), options: [lending.option])
      #expect(try await shelf.call { .put(payload, $0) } == 1)
      #expect(try await shelf.sendRequest { .put(payload, $0) }.value() == 1)
      #expect(await [shelf].callAll { .put(payload, $0) }.replies.map(\.value) == [1])
      try await asker.call { .forward(payload, to: shelf, $0) }
      // The answer comes before this question, or before the next.
      while try await asker.call({ .answered($0) }) != "1" {}
      #expect(payload.count.value == 0)
    }
  }

  /// Not by `#expect(throws:)`, which puts into words what is thrown.
  private static func failure(_ body: () async throws -> Int) async -> CallError? {
    do { _ = try await body() } catch { return error as? CallError }
    return nil
  }

  @Test("a failure costs no text until it is read, and then one")
  func failure() async throws {
    try await withTestRuntime { _ in
      let payload = CountedPayload()
      let gone = try await PayloadShelf.start(CountedPayload())
      try await gone.stop()
      let full = try await PayloadShelf.start(CountedPayload(), options: [.mailbox(limit: 1), .callsInPlace(.never)])
      try await Sys.suspend(full)
      let first = full.sendRequest { .put(CountedPayload(), $0) }
      var errors: [CallError?] = []
      errors.append(await Self.failure { try await gone.call { .put(payload, $0) } })
      let pending: PendingReply<Int> = gone.sendRequest { .put(payload, $0) }
      errors.append(await Self.failure { try await pending.value() })
      let refused: PendingReply<Int> = full.sendRequest { .put(payload, $0) }
      errors.append(await Self.failure { try await refused.value() })
      errors += await [gone].callAll { .put(payload, $0) }.failures.map { $0.error }
      #expect(payload.count.value == 0)
      try #require(errors.count == 4)
      for (index, error) in errors.enumerated() {
        guard let error else {
          _ = Issue.record("no error")
          return
        }
        #expect(error.details.request == "put(the payload)")
        let text = "\(error)"
        #expect(text.contains("(put(the payload)"))
        #expect(payload.count.value == index + 1)
      }
      try await Sys.resume(full)
      #expect(try await first.value() == 1)
    }
  }

  @Test("a request that failed on its way is known by its case")
  func onItsWay() async throws {
    try await withTestRuntime { _ in
      let payload = CountedPayload()
      let shelf = try await PayloadShelf.start(CountedPayload(), options: [.callsInPlace(.never)])
      let pending: PendingReply<Int> = shelf.sendRequest { .keep(payload, $0) }
      // Behind the request.
      _ = try await shelf.call { .answered($0) }
      shelf.exit(.killed)
      let error = await #expect(throws: CallError.exit(.killed)) { try await pending.value() }
      #expect(error?.details.request == "keep")
      #expect(payload.count.value == 0)
    }
  }

  @Test("killing a server puts nothing of its callers into words")
  func callers() async throws {
    try await withTestRuntime { _ in
      let payload = CountedPayload()
      let shelf = try await PayloadShelf.start(CountedPayload(), options: [.callsInPlace(.never)])
      let calls = (1...20).map { _ in Task.immediate { try await shelf.call { .keep(payload, $0) } } }
      shelf.exit(.killed)
      for call in calls { #expect(await Self.failure { try await call.value } != nil) }
      #expect(payload.count.value == 0)
    }
  }

  @Test("an error keeps its request until it is put into words, and not in the reason of a server that ended with it")
  func kept() async throws {
    final class Witness: Sendable {}
    try await withTestRuntime { _ in
      let gone = try await Puppet.start()
      try await gone.stop()
      weak var seen: Witness?
      func fail() async -> CallError? {
        let witness = Witness()
        seen = witness
        do throws(CallError) {
          _ = try await gone.ask { _, _ in withExtendedLifetime(witness) { 1 } }
          return nil
        } catch {
          return error
        }
      }
      let error = try #require(await fail())
      #expect(seen != nil)
      _ = "\(error)"
      #expect(seen == nil)

      let again = try #require(await fail())
      let crashing = try await Puppet.start()
      crashing.tell { _, _ in throw again }
      #expect(await crashing.waitForExit() == .failure(again))
      #expect(again.details.request.hasPrefix("perform("))
      #expect(seen == nil)
    }
  }

  /// A runtime whose log shows what is graver than errors.
  private func quiet(_ body: () async throws -> Void) async throws {
    let logger = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
    try await withRuntime(Runtime(logger: logger), body)
  }

  @Test("nothing is put into words for a log that is off")
  func logIsOff() async throws {
    try await quiet { () async throws in
      let (state, stray) = (CountedPayload(), CountedPayload())
      let shelf = try await PayloadShelf.start(state)
      let pid = try #require(shelf.pid)
      pid.send(stray)
      shelf.cast(.fail)
      #expect(await pid.waitForExit() == .failure(PuppetError("crash")))
      #expect(stray.count.value == 0)
      #expect(state.count.value == 0)
    }
  }

  @Test("an unexpected message shows itself, and not the state")
  func unexpected() async throws {
    try await withTestRuntime { test in
      let (state, stray) = (CountedPayload(), CountedPayload())
      let shelf = try await PayloadShelf.start(state)
      shelf.pid?.send(stray)
      try await shelf.stop()
      #expect(test.logs.entries.first?.metadata["message"] == "the payload")
      #expect(stray.count.value == 1)
      #expect(state.count.value == 0)
    }
  }

  private struct Hoard: GenServer {
    enum Cast: Sendable { case fail([Int]) }

    let numbers: [Int]
    let mood = "bad"

    static func initialize(_ count: Int, context: Context) -> Initial { .ok(Hoard(numbers: Array(0..<count))) }

    func handleCast(_ cast: Cast, context: Context) throws -> Next { throw PuppetError("crash") }
  }

  @Test("a crash report, a status and an error are as long as the runtime allows")
  func limits() async throws {
    let recorder = LogRecorder()
    let runtime = Runtime(logger: recorder.logger, reports: ReportLimits(request: 100, state: 200))
    try await withRuntime(runtime) { () async throws in
      let hoard = try await Hoard.start(100_000)
      let status = try await Sys.status(of: hoard)
      #expect(status.state.utf8.count < 300)
      #expect(status.state.hasSuffix("mood: \"bad\")"))
      #expect(try await Sys.status(of: hoard, stateLimit: 10_000).state.utf8.count > 9000)
      hoard.cast(.fail(Array(0..<100_000)))
      _ = await hoard.waitForExit()
      let entry = try #require(recorder.entries.first)
      #expect(entry.metadata["state"].map { "\($0)".utf8.count < 300 } == true)
      #expect(entry.metadata["message"].map { "\($0)".utf8.count < 200 } == true)
      let error = await #expect(throws: CallError.noProcess()) {
        try await hoard.cast(.fail(Array(0..<100_000)), whenFull: .wait)
      }
      #expect(error.map { $0.details.request.utf8.count < 200 } == true)
    }
  }

  @Test("a report is one kibibyte of a message and eight of a state unless told otherwise")
  func byDefault() async throws {
    try await withTestRuntime { test in
      let hoard = try await Hoard.start(100_000)
      hoard.cast(.fail(Array(0..<100_000)))
      _ = await hoard.waitForExit()
      let entry = try #require(test.logs.entries.first)
      #expect(entry.metadata["state"].map { (8000..<8400).contains("\($0)".utf8.count) } == true)
      #expect(entry.metadata["message"].map { (900..<1200).contains("\($0)".utf8.count) } == true)
    }
  }
}
