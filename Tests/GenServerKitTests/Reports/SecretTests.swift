import GenServerKit
import GenServerTesting
import Logging
import Testing

private let secret = "swordfish"

private struct SecretError: Error { let text = secret }

/// What its handlers get, hold and throw is one secret, which its formatter takes out of everything.
private protocol Vault: GenServer
where Argument == VaultArgument, Call == VaultCall, Cast == VaultMessage, Info == VaultMessage, Continue == String {
  var password: String { get set }
  init(password: String)
}

private struct VaultArgument: Sendable {
  var password = secret
  var failure: ExitReason?
  var end: ExitReason?
}

private enum VaultCall: Sendable {
  case open(String, ReplyTo<Bool>)
  case fail(String, ReplyTo<Bool>)
  case stop(ExitReason, ReplyTo<Bool>)
  case keep(String, PuppetPromise<ReplyTo<Bool>>, ReplyTo<Bool>)
  case label(String, ReplyTo<Bool>)
}

private enum VaultMessage: Sendable {
  case fail(String)
  case later(String)
  case step(String)
  case nothing(String)
}

extension Vault {
  static func formatStatus(_ status: inout ServerStatus) {
    status.state = "no state"
    if status.message != nil { status.message = "no message" }
    if status.label != nil { status.label = "no label" }
    status.reason = nil
  }

  mutating func handle(_ call: Call, _ context: Context) throws -> Next {
    switch call {
    case .open(_, let client): return .reply(true, to: client)
    case .fail: throw SecretError()
    case .stop(let reason, _): return .stop(reason)
    case .keep(_, let kept, let client):
      kept.fulfil(client)
      return .noReply
    case .label(let label, let client):
      context.label = label
      return .reply(true, to: client)
    }
  }

  mutating func handle(_ message: VaultMessage, _ context: Context) throws -> Next {
    switch message {
    case .fail: throw SecretError()
    case .later(let text): context.send(.nothing(text), after: .seconds(1))
    case .step(let text): return .noReply(then: .continue(text))
    case .nothing: break
    }
    return .noReply
  }
}

private struct PlainVault: Vault {
  var password: String

  static func initialize(_ argument: VaultArgument, context: Context) throws -> Initial {
    if let failure = argument.failure { throw failure }
    if let end = argument.end { return .stop(end) }
    return .ok(Self(password: argument.password))
  }

  mutating func handleCall(_ call: Call, context: Context) throws -> Next { try handle(call, context) }
  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next { try handle(cast, context) }
  mutating func handleInfo(_ info: Info, context: Context) throws -> Next { try handle(info, context) }
  mutating func handleContinue(_ step: String, context: Context) throws -> Next { throw SecretError() }
  mutating func terminate(_ reason: ExitReason, context: Context) throws { throw SecretError() }
}

private struct AsyncVault: Vault {
  var password: String

  static func initialize(_ argument: VaultArgument, context: Context) async throws -> Initial {
    if let failure = argument.failure { throw failure }
    if let end = argument.end { return .stop(end) }
    return .ok(Self(password: argument.password))
  }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next { try handle(call, context) }
  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next { try handle(cast, context) }
  mutating func handleInfo(_ info: Info, context: Context) async throws -> Next { try handle(info, context) }
  mutating func handleContinue(_ step: String, context: Context) async throws -> Next { throw SecretError() }
}

@Suite("Secrets", .timeLimit(.minutes(2))) struct SecretTests {
  /// Everything that people may read in the course of the test.
  private final class Texts: Sendable {
    let all = Observed<[String]>([])

    func add(_ text: String) { all.change { $0.append(text) } }
    func add(_ error: any Error) { add("\(error)") }
  }

  private func texts<Value>(of texts: Texts, _ body: () async throws -> Value) async {
    do { _ = try await body() } catch { texts.add(error) }
  }

  /// Lets everything happen to a vault that leads to a text.
  private func live<Server: Vault>(_ type: Server.Type, _ options: [StartOption], _ texts: Texts) async throws {
    let reason = ExitReason.failure(SecretError())
    for argument in [
      VaultArgument(failure: reason), VaultArgument(end: reason), VaultArgument(failure: .shutdownBecause(secret)),
    ] { await self.texts(of: texts) { try await Server.start(argument, options: options) } }

    func make() async throws -> ServerRef<Server> { try await Server.start(VaultArgument(), options: options) }
    let vault = try await make()
    let pid = try #require(vault.pid)
    _ = try await vault.call { .label(secret, $0) }
    pid.send(secret)
    pid.send(reason)
    let status = try await Sys.status(of: vault)
    texts.add("\(status)")
    texts.add(try #require(pid.snapshot).description)
    vault.send(.later(secret))
    let kept = PuppetPromise<ReplyTo<Bool>>()
    await self.texts(of: texts) {
      try await vault.call(timeout: .after(.zero)) { .keep(secret, PuppetPromise(), $0) }
    }
    async let waiting: Void = self.texts(of: texts) { try await vault.call { .keep(secret, kept, $0) } }
    let pending: PendingReply<Bool> = vault.sendRequest { .keep(secret, PuppetPromise(), $0) }
    _ = await kept.value()
    for (_, sleeper) in Runtime.current.sleepers { texts.add(sleeper.purpose) }
    try await withProcess { process async throws in
      process.trapExits()
      let monitor = process.monitor(pid)
      process.link(pid)
      await self.texts(of: texts) { try await vault.call { .fail(secret, $0) } }
      let down = try await process.receive(Down.self) { $0.monitor == monitor }
      texts.add("\(down)")
      texts.add("\(try await process.receive(Exit.self))")
    }
    await waiting
    await self.texts(of: texts) { try await pending.value() }
    await self.texts(of: texts) { try await vault.call { .open(secret, $0) } }
    await self.texts(of: texts) { try await vault.cast(.fail(secret), whenFull: .wait) }
    await self.texts(of: texts) { try await vault.stop(reason) }
    await self.texts(of: texts) { try await pid.ask(Int.self) { _ in secret } }
    await self.texts(of: texts) { try await vault.sendRequest { .open(secret, $0) }.value() }
    for (_, error) in await [vault].callAll({ .open(secret, $0) }).failures { texts.add(error) }

    let ends: [(ServerRef<Server>) -> Void] = [
      { $0.cast(.fail(secret)) }, { $0.send(.fail(secret)) }, { $0.cast(.step(secret)) },
      { $0.pid?.send(VaultMessage.fail(secret)) }, { $0.exit(reason) },
    ]
    for end in ends {
      let vault = try await make()
      end(vault)
      _ = await vault.waitForExit()
    }
    let stopped = try await make()
    await self.texts(of: texts) { try await stopped.call { .stop(reason, $0) } }
    let asked = try await make()
    await self.texts(of: texts) { try await asked.stop(.shutdownBecause(secret)) }
    // Somebody else gets the answer of one that fails, and the failure is its own end.
    let other = try await make()
    let client = try await AsyncPuppet.start()
    client.cast(
      .perform { _, _ in
        _ = try await other.call { .fail(secret, $0) }
        return .noReply
      })
    _ = await client.waitForExit()
  }

  private func expectNone(_ texts: Texts, _ entries: [LogRecorder.Entry]) {
    let all = texts.all.value
    #expect(all.count > 10)
    for text in all { #expect(!text.contains(secret)) }
    #expect(entries.count > 5)
    for entry in entries { #expect(!"\(entry)".contains(secret)) }
  }

  @Test("of a plain server are in no text that people read", arguments: PuppetLending.allCases)
  func plain(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let texts = Texts()
      try await live(PlainVault.self, [lending.option], texts)
      expectNone(texts, test.logs.entries)
    }
  }

  @Test("of a server with async handlers are in no text that people read", arguments: PuppetLending.allCases)
  func async(_ lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let texts = Texts()
      try await live(AsyncVault.self, [lending.option], texts)
      expectNone(texts, test.logs.entries)
    }
  }

  @Test("are in no line of a simulation's trace, and in no report of a deadlock")
  func trace() async throws {
    struct Wrong: Error {}
    let texts = Texts()
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 0..<1) { simulation in
        try await live(PlainVault.self, [], texts)
        try await live(AsyncVault.self, [], texts)
        await simulation.settle()
        throw Wrong()
      }
    }
    let found = try #require(failure)
    #expect(found.underlying is Wrong)
    #expect(found.trace.count > 50)
    for line in found.trace { #expect(!line.contains(secret)) }
    for text in texts.all.value { #expect(!text.contains(secret)) }

    let deadlock = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 0..<1) { _ in
        let vault = try await PlainVault.start(VaultArgument())
        let pending: PendingReply<Bool> = vault.sendRequest { .keep(secret, PuppetPromise(), $0) }
        _ = try await pending.value(timeout: .infinity)
      }
    }
    #expect("\(try #require(deadlock))".contains("no message"))
    #expect(!"\(try #require(deadlock))".contains(secret))
  }

  @Test("a reason that the formatter takes away is a value for the caller, and no text")
  func value() async throws {
    try await withTestRuntime { test in
      let vault = try await PlainVault.start(VaultArgument())
      let error = await #expect(throws: CallError.self) { try await vault.call { .fail(secret, $0) } }
      guard case .failure(is SecretError)? = error?.exitReason else {
        _ = Issue.record("another reason")
        return
      }
      #expect(error?.description.contains("** (EXIT) (hidden)") == true)
      let entry = try #require(test.logs.errors.first)
      #expect(entry.metadata["reason"] == nil)
      #expect(entry.message.contains("ends because of a crash"))
    }
  }

  @Test("a reason that the formatter replaces is the one in text and metadata")
  func replaced() async throws {
    try await withTestRuntime { test in
      await #expect(throws: StartError.failed(.shutdownBecause("another"))) {
        try await Renamer.start(fails: true)
      }
      let renamer = try await Renamer.start(false)
      let error = await #expect(throws: CallError.self) { try await renamer.call { .fail($0) } }
      #expect(error?.description.contains("shutdown: another") == true)
      try #require(test.logs.errors.count == 2)
      for entry in test.logs.errors {
        #expect(entry.metadata["reason"] == "shutdown: another")
        #expect(entry.message.hasSuffix(": shutdown: another"))
      }
    }
  }

  private struct Renamer: GenServer {
    enum Call: Sendable { case fail(ReplyTo<Void>) }

    static func initialize(_ fails: Bool, context: Context) throws -> Initial {
      if fails { throw SecretError() }
      return .ok(Renamer())
    }

    static func start(fails: Bool) async throws -> ServerRef<Renamer> { try await start(fails) }

    func handleCall(_ call: Call, context: Context) throws -> Next { throw SecretError() }

    static func formatStatus(_ status: inout ServerStatus) {
      if status.reason != nil { status.reason = .shutdownBecause("another") }
    }
  }
}
