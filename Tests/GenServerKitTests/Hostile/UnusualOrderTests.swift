import Dispatch
import GenServerKit
import GenServerTesting
import Testing

/// Orders of events that are rare, each of which once went wrong.
@Suite("Unusual orders", .timeLimit(.minutes(1))) struct UnusualOrderTests {
  @Test("An idle time of zero does not overtake a message that was there first")
  func idleTimeOfZero() async throws {
    try await withTestRuntime { test in
      let server = try await Odd.start(options: [.callsInPlace(.never)])
      let (first, second) = (Held(), Held())
      server.cast(.run { _ in first.hold() })
      server.cast(.run { _ in .timeout(.seconds(0), .idle) })
      server.cast(
        .run { _ in
          _ = second.hold()
          return .timeout(.seconds(0), .idle)
        })
      first.letGo()
      second.waitUntilHeld()
      server.cast(.note("later"))
      second.letGo()
      #expect(try await server.notes() == ["later"])
    }
  }

  @Test("Nothing is handled between a kill and the end, also with a step left to do")
  func killInAStep() async throws {
    try await withTestRuntime { _ in
      let (server, held, notes) = (try await Odd.start(options: [.callsInPlace(.never)]), Held(), Journal())
      server.cast(.run { _ in held.hold() })
      server.cast(
        .run { _ in
          .continue(
            Odd.Step { context in
              context.pid.exit(.killed)
              return .continue(Odd.Step { _ in nil })
            })
        })
      server.cast(
        .run { _ in
          notes.write("handled")
          return nil
        })
      held.letGo()
      #expect(await server.waitForExit() == .killed)
      #expect(notes.lines.isEmpty)
    }
  }

  @Test("A request that is skipped does not end an idle timeout")
  func skippedRequest() async throws {
    try await withTestRuntime { test in
      let (server, held) = (try await Odd.start(options: [.callsInPlace(.never)]), Held())
      server.cast(
        .run { _ in
          _ = held.hold()
          return .timeout(.milliseconds(100), .idle)
        })
      held.waitUntilHeld()
      let abandoned = server.sendRequest { .notes($0) }
      abandoned.cancel()
      held.letGo()
      await test.clock.waitForTimers()
      await test.clock.advance(by: .milliseconds(100))
      #expect(try await server.notes() == ["idle"])
    }
  }

  @Test("A call that succeeds makes its request once, also when the server ends with it")
  func requestOfAStop() async throws {
    try await withTestRuntime { _ in
      let server = try await Odd.start(options: [.callsInPlace(.always)])
      _ = try await server.notes()
      var made = 0
      let answer = try await server.call { (client: ReplyTo<[String]>) in
        made += 1
        return .stop(client)
      }
      #expect(answer == ["bye"])
      #expect(made == 1)
    }
  }

  @Test("A start during a shutdown leaves no process that neither runs nor ends")
  func startDuringShutdown() async throws {
    for _ in 0..<50 {
      let runtime = Runtime()
      try await withRuntime(runtime) { () async throws in
        async let started = try? Odd.start(name: "odd")
        async let seen = Odd.whereis("odd")
        try await runtime.shutdown()
        for server in [await started, await seen].compactMap({ $0 }) { _ = await server.waitForExit() }
        #expect(Odd.whereis("odd") == nil)
        #expect(runtime.processes.isEmpty)
      }
    }
  }

  @Test("A server that waits for the end of another can be killed")
  func waitForAnother() async throws {
    try await withTestRuntime { test in
      let (server, other) = (try await Awaiting.start(), try await Awaiting.start())
      server.cast(.run { _ in _ = await other.waitForExit() })
      await eventually { server.pid?.core.isSuspended == true }
      server.pid?.exit(.killed)
      #expect(await server.waitForExit() == .killed)
    }
  }

  @Test("Two servers that await each other's answers are told so")
  func circleOfPendingReplies() async throws {
    try await withTestRuntime { _ in
      let (first, second) = (try await Awaiting.start(), try await Awaiting.start())
      let outcome = Journal()
      let ask: @Sendable (ServerRef<Awaiting>, @escaping @Sendable (Awaiting.Context) async -> Void) async -> Void = {
        do throws(CallError) {
          try await $0.sendRequest { [body = $1] client in .run(client, body) }.value(timeout: .infinity)
        } catch {
          if case .deadlock = error { outcome.write("deadlock") }
        }
      }
      try await first.call(timeout: .infinity) { client in
        .run(client) { _ in await ask(second) { _ in await ask(first) { _ in } } }
      }
      #expect(outcome.lines == ["deadlock"])
    }
  }
}

/// A thread that a handler holds until the test lets go.
private final class Held: Sendable {
  private let held = DispatchSemaphore(value: 0)
  private let free = DispatchSemaphore(value: 0)

  func hold() -> ServerAction<Odd>? {
    held.signal()
    free.wait()
    return nil
  }

  func waitUntilHeld() { held.wait() }
  func letGo() { free.signal() }
}

/// A plain server that does what it is told.
private struct Odd: GenServer {
  enum Call: Sendable {
    case notes(ReplyTo<[String]>)
    case stop(ReplyTo<[String]>)
  }
  enum Cast: Sendable {
    case note(String)
    case run(@Sendable (Context) -> ServerAction<Odd>?)
  }
  enum Info: Sendable { case idle }
  struct Step { let run: (Context) -> ServerAction<Odd>? }
  typealias Continue = Step

  var notes: [String] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Odd()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .notes(let client): .reply(notes, to: client)
    case .stop(let client): .stop(.normal, replying: ["bye"], to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .note(let text):
      notes.append(text)
      return .noReply
    case .run(let body): return .noReply(then: body(context))
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    notes.append("idle")
    return .noReply
  }

  mutating func handleContinue(_ step: Step, context: Context) -> Next { .noReply(then: step.run(context)) }
}

extension ServerRef where Server == Odd {
  fileprivate func notes() async throws(CallError) -> [String] { try await call(timeout: .infinity) { .notes($0) } }
}

/// A server that awaits what it is told.
private struct Awaiting: GenServer {
  enum Call: Sendable { case run(ReplyTo<Void>, @Sendable (Context) async -> Void) }
  enum Cast: Sendable { case run(@Sendable (Context) async -> Void) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Awaiting()) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .run(let client, let body):
      await body(context)
      return .reply(to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .run(let body): await body(context)
    }
    return .noReply
  }
}
