import GenServerKit
import GenServerTesting
import Testing

private struct Vault: GenServer {
  enum Call: Sendable { case hold(ReplyTo<Int>) }
  enum Info: Sendable {
    case tick
    case down(Down)
    case answer(Result<Int, CallError>)
    case done(Result<Int, any Error>)
  }

  var code = "swordfish"
  var held: [ReplyTo<Int>] = []
  let show: @Sendable (Any) -> Void

  static func initialize(_ show: @escaping @Sendable (Any) -> Void, context: Context) -> Initial {
    let vault = Vault(show: show)
    show(context)
    show(context.storage)
    show(context.send(.tick, after: .seconds(100)))
    show(context.monitor(context.pid) { .down($0) })
    show(context.task(as: { .done($0) }) { 1 })
    return .ok(vault)
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .hold(let client):
      show(client)
      held.append(client)
      return .noReply
    }
  }

  func handleInfo(_ info: Info, context: Context) -> Next { .noReply }
}

@Suite("Values seen by reflection", .timeLimit(.minutes(1))) struct ReflectionTests {
  @Test("What leads to a process or a runtime is a leaf with a text")
  func leaves() async throws {
    try await withTestRuntime { test in
      let dumps = Observed<[(type: String, text: String)]>([])
      let show = { @Sendable (value: Any) in
        var text = ""
        dump(value, to: &text)
        let shown = text
        dumps.change { $0.append(("\(type(of: value))", shown)) }
      }
      let vault = try await Vault.start(show, name: "vault")
      let pending: PendingReply<Int> = vault.sendRequest { .hold($0) }
      _ = try await Sys.state(of: vault) { $0.held.count }
      show(vault)
      show(try #require(vault.pid))
      show(Vault.named("vault"))
      show(ProcessName<Vault>("vault"))
      show(pending)
      show(test)
      show(test.runtime)
      show(test.clock)
      show(test.logs)
      show(test.runtime.randomNumberGenerator)
      show(HandlerTest(Vault(show: show)).context)
      await withProcess { process in
        show(process)
        show(process.monitor(vault))
        show(process.send("x", after: .seconds(10)))
      }
      for (type, text) in dumps.value {
        #expect(text.split(separator: "\n").count == 1, "\(type): \(text)")
        #expect(!text.contains("swordfish"))
        #expect(!text.contains("0x"), "\(type): \(text)")
      }
      #expect(dumps.value.count >= 20)
    }
  }

  @Test("A snapshot shows what it says, and nothing of the processes that it names")
  func snapshot() async throws {
    try await withTestRuntime { _ in
      let vault = try await Vault.start({ _ in }, name: "vault")
      var text = ""
      dump(try #require(vault.pid?.snapshot), to: &text)
      #expect(!text.contains("swordfish"))
      #expect(text.contains("mailboxCount"))
    }
  }

  @Test("A context that leaves its handler test leads to a process that has ended")
  func escapedContext() {
    func escaped() -> ServerContext<Vault> { HandlerTest(Vault(show: { _ in })).context }
    let context = escaped()
    #expect(!context.pid.isAlive)
    #expect(context.me.pid == context.pid)
    #expect(context.send(.tick, after: .zero).remaining == nil)
    #expect(context.pid.send("late") == .noProcess)
  }
}
