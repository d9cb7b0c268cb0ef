import GenServerKit
import GenServerTesting
import Logging
import Testing

/// Knows a secret that nobody may read.
private struct Vault: GenServer {
  enum Call: Sendable {
    case open(password: String, ReplyTo<Bool>)
    case stop(ExitReason, ReplyTo<Bool>)
    case ignore(password: String, PuppetPromise<ReplyTo<Bool>>, ReplyTo<Bool>)
  }
  enum Cast: Sendable { case change(password: String) }
  enum Info: Sendable { case hint(password: String) }
  enum Continue { case check(password: String) }

  static let hidden = "swordfish"

  var password: String
  var tries = 0

  static func initialize(_ password: String, context: Context) throws -> Initial {
    if password.isEmpty { throw PuppetError("no password") }
    return .ok(Self(password: password))
  }

  mutating func handleCall(_ call: Call, context: Context) throws -> Next {
    tries += 1
    switch call {
    case .open(_, _): throw PuppetError("broken")
    case .stop(let reason, _): return .stop(reason)
    case .ignore(_, let kept, let client):
      kept.fulfil(client)
      return .noReply
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next { throw PuppetError("broken") }

  mutating func handleInfo(_ info: Info, context: Context) throws -> Next {
    switch info {
    case .hint(let password): .noReply(then: .continue(.check(password: password)))
    }
  }

  mutating func handleContinue(_ step: Continue, context: Context) throws -> Next { throw PuppetError("step") }

  static func formatStatus(_ status: inout ServerStatus) {
    if var vault = status.state as? Vault {
      vault.password = "…"
      status.state = vault
    }
    switch status.message {
    case let call as Call:
      switch call {
      case .open(_, let client): status.message = Call.open(password: "…", client)
      case .ignore(_, let kept, let client): status.message = Call.ignore(password: "…", kept, client)
      default: break
      }
    case is Cast: status.message = Cast.change(password: "…")
    case is Info: status.message = Info.hint(password: "…")
    case is String: status.message = "…"
    default: break
    }
  }
}

/// A crash with async handlers, and nothing to hide.
private final class OpenBook: GenServer {
  enum Call: Sendable { case read(page: Int, ReplyTo<String>) }

  static func initialize(_: Void, context: Context) async -> Initial { .ok(OpenBook()) }

  func handleCall(_ call: Call, context: Context) async throws -> Next {
    await Task.yield()
    throw ExitReason.shutdownBecause("out of print")
  }
}

@Suite("Crash report", .timeLimit(.minutes(1))) struct CrashReportTests {
  private func expectSecret(_ entries: [LogRecorder.Entry], sourceLocation: SourceLocation = #_sourceLocation) {
    for entry in entries {
      #expect(!entry.message.contains(Vault.hidden), sourceLocation: sourceLocation)
      #expect(!"\(entry.metadata)".contains(Vault.hidden), sourceLocation: sourceLocation)
    }
  }

  @Test("A crash in a call is one entry with everything there is to know", arguments: PuppetLending.allCases)
  func call(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden, name: "vault", options: [lending.option])
      let pid = try #require(vault.pid)
      let error = await #expect(throws: CallError.self) {
        try await vault.call { .open(password: Vault.hidden, $0) }
      }
      #expect(error == .exit(.failure(PuppetError("broken"))))
      #expect(await pid.waitForExit() == .failure(PuppetError("broken")))
      let entries = test.logs.entries
      try #require(entries.count == 1)
      #expect(entries[0].level == .error)
      #expect(entries[0].message.contains("Vault \"vault\" \(pid)"))
      #expect(entries[0].metadata["pid"] == "\(pid)")
      #expect(entries[0].metadata["name"] == "vault")
      #expect(entries[0].metadata["server"] == "Vault")
      #expect(entries[0].metadata["reason"] == "\(ExitReason.failure(PuppetError("broken")))")
      #expect(entries[0].metadata["message"] == "open(password: \"…\")")
      #expect(entries[0].metadata["state"] == "Vault(password: \"…\", tries: 1)")
      expectSecret(entries)
    }
  }

  @Test("The text of a call's error goes through the status formatter", arguments: PuppetLending.allCases)
  func errorText(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden, options: [lending.option])
      let kept = PuppetPromise<ReplyTo<Bool>>()
      let call = Task.immediate {
        try await vault.call(timeout: .seconds(1)) { .ignore(password: Vault.hidden, kept, $0) }
      }
      await test.clock.waitForTimers()
      await test.clock.advance(by: .seconds(1))
      let timeout = await #expect(throws: CallError.timeout()) { try await call.value }
      let crash = await #expect(throws: CallError.self) {
        try await vault.call { .open(password: Vault.hidden, $0) }
      }
      let gone = await #expect(throws: CallError.noProcess()) {
        try await vault.call { .open(password: Vault.hidden, $0) }
      }
      let pending = await #expect(throws: CallError.noProcess()) {
        try await vault.sendRequest { .open(password: Vault.hidden, $0) }.value()
      }
      for error in [crash, gone, pending] {
        #expect(error?.details.request == "open(password: \"…\")")
        #expect(error?.description.contains("open(password: \"…\")") == true)
      }
      for error in [timeout, crash, gone, pending] {
        #expect(error.map { "\($0)".contains(Vault.hidden) } == false)
      }
    }
  }

  @Test("A crash in a cast shows the cast")
  func cast() async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden)
      vault.cast(.change(password: Vault.hidden))
      #expect(await vault.waitForExit() == .failure(PuppetError("broken")))
      let entries = test.logs.entries
      try #require(entries.count == 1)
      #expect(entries[0].metadata["message"] == "change(password: \"…\")")
      #expect(entries[0].metadata["name"] == nil)
      expectSecret(entries)
      let error = await #expect(throws: CallError.noProcess()) {
        try await vault.cast(.change(password: Vault.hidden), whenFull: .wait)
      }
      #expect(error.map { "\($0)".contains(Vault.hidden) } == false)
    }
  }

  @Test("A crash in a step has no message")
  func step() async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden)
      vault.send(.hint(password: Vault.hidden))
      #expect(await vault.waitForExit() == .failure(PuppetError("step")))
      let entries = test.logs.entries
      try #require(entries.count == 1)
      #expect(entries[0].metadata["message"] == nil)
      #expect(entries[0].metadata["state"] == "Vault(password: \"…\", tries: 0)")
      expectSecret(entries)
    }
  }

  @Test("An unexpected message goes through the status formatter as well")
  func unexpected() async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden)
      vault.pid?.send(Vault.hidden)
      try await vault.stop()
      let entries = test.logs.entries
      try #require(entries.count == 1)
      #expect(entries[0].metadata["message"] == "…")
      expectSecret(entries)
    }
  }

  @Test("A crash in initialize is one entry with the reason")
  func initialize() async throws {
    try await withTestRuntime { test in
      await #expect(throws: StartError.failed(.failure(PuppetError("no password")))) {
        try await Vault.start("", name: "vault")
      }
      let entries = test.logs.entries
      try #require(entries.count == 1)
      #expect(entries[0].level == .error)
      #expect(entries[0].metadata["reason"] == "\(ExitReason.failure(PuppetError("no password")))")
      #expect(entries[0].metadata["server"] == "Vault")
      #expect(entries[0].metadata["name"] == "vault")
    }
  }

  @Test(
    "Clean ends are not logged",
    arguments: [ExitReason.normal, .shutdown, .shutdownBecause("closing time")], PuppetLending.allCases)
  func clean(reason: ExitReason, lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden, options: [lending.option])
      await #expect(throws: CallError.exit(reason)) { try await vault.call { .stop(reason, $0) } }
      #expect(await vault.waitForExit() == reason)
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("A stop with another reason is a crash", arguments: PuppetLending.allCases)
  func stop(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden, options: [lending.option])
      let reason = ExitReason.failure(PuppetError("worn out"))
      await #expect(throws: CallError.exit(reason)) { try await vault.call { .stop(reason, $0) } }
      #expect(await vault.waitForExit() == reason)
      #expect(test.logs.entries.map(\.level) == [.error])
      #expect(test.logs.entries.first?.metadata["reason"] == "\(reason)")
    }
  }

  @Test("A clean reason that is thrown is no crash", arguments: PuppetLending.allCases)
  func thrownReason(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let book = try await OpenBook.start(options: [lending.option])
      await #expect(throws: CallError.exit(.shutdownBecause("out of print"))) {
        try await book.call { .read(page: 3, $0) }
      }
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("An end from outside is not the server's crash")
  func exit() async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden)
      vault.pid?.exit(.failure(PuppetError("from outside")))
      #expect(await vault.waitForExit() == .failure(PuppetError("from outside")))
      let killed = try await Vault.start(Vault.hidden)
      killed.pid?.exit(.killed)
      #expect(await killed.waitForExit() == .killed)
      #expect(test.logs.entries.isEmpty)
    }
  }

  @Test("A crash on the thread of a caller shows the call too", arguments: PuppetLending.allCases)
  func callOfAKnownKind(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let vault = try await Vault.start(Vault.hidden, options: [lending.option])
      // From now on the handler is known to be plain, and a caller who lends runs it.
      let kept = PuppetPromise<ReplyTo<Bool>>()
      let pending = vault.sendRequest { .ignore(password: Vault.hidden, kept, $0) }
      let client = await kept.value()
      try await vault.fallsIdle()
      let reason = ExitReason.failure(PuppetError("broken"))
      await #expect(throws: CallError.exit(reason)) { try await vault.call { .open(password: Vault.hidden, $0) } }
      await #expect(throws: CallError.exit(reason)) { try await pending.value() }
      #expect(!client.isWaiting)
      let entries = test.logs.entries
      try #require(entries.count == 1)
      #expect(entries[0].metadata["message"] == "open(password: \"…\")")
      #expect(entries[0].metadata["state"] == "Vault(password: \"…\", tries: 2)")
      expectSecret(entries)
    }
  }
}
