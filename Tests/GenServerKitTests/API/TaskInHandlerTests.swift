import GenServerKit
import GenServerTesting
import Testing

/// What a task sees of where it was started.
private struct View: Equatable, Sendable {
  var isInRuntime = false
  var linkFails = false
  var callsItself = false
}

private struct Linked: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Linked()) }
}

private func view(from runtime: Runtime, of server: PID) async -> View {
  var view = View(isInRuntime: Runtime.current === runtime)
  do {
    let linked = try await Linked.startLink()
    linked.exit(.killed)
  } catch {
    view.linkFails = error == .notInsideAProcess
  }
  return view
}

/// Starts unstructured tasks in each of its handlers.
private struct PlainStarter: GenServer {
  enum Call: Sendable { case view(Runtime, ReplyTo<View>) }
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .view(let runtime, let client):
      let pid = context.pid
      Task { client.reply(await view(from: runtime, of: pid)) }
      return .noReply
    }
  }
}

private struct AsyncStarter: GenServer {
  enum Call: Sendable {
    case view(Runtime, ReplyTo<View>)
    case child(ReplyTo<PID?>)
    case through(PlainStarter.Ref, Runtime, ReplyTo<View>)
  }
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
  func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .view(let runtime, let client):
      let pid = context.pid
      Task { client.reply(await view(from: runtime, of: pid)) }
      return .noReply
    case .child(let client):
      async let linked = Linked.startLink()
      let parent = try await linked.pid?.snapshot?.parent
      return .reply(parent, to: client)
    case .through(let other, let runtime, let client):
      return .reply(try await other.call { .view(runtime, $0) }, to: client)
    }
  }
}

@Suite("A task that a handler starts", .timeLimit(.minutes(1))) struct TaskInHandlerTests {
  private static let outside = View(isInRuntime: true, linkFails: true)

  @Test(
    "`Task { }` belongs to the server's runtime and to no process, whoever calls", arguments: PuppetLending.allCases)
  func unstructured(lending: PuppetLending) async throws {
    for isInside in [true, false] {
      let runtime = Runtime()
      let (plain, async, caller) = try await withRuntime(runtime) { () async throws in
        (
          try await PlainStarter.start(options: [lending.option]),
          try await AsyncStarter.start(options: [lending.option]),
          try await AsyncStarter.start(options: [lending.option])
        )
      }
      let calls = { () async throws in
        // Again, as a server that was called before may be run by its caller.
        for _ in 0..<3 {
          #expect(try await plain.call { .view(runtime, $0) } == Self.outside)
          #expect(try await async.call { .view(runtime, $0) } == Self.outside)
          #expect(try await caller.call { .through(plain, runtime, $0) } == Self.outside)
        }
      }
      if isInside { try await withRuntime(runtime) { () async throws in try await calls() } } else { try await calls() }
      try await runtime.shutdown()
    }
  }

  @Test("A call from one runtime into another leaves the caller in its own", arguments: PuppetLending.allCases)
  func callerStays(lending: PuppetLending) async throws {
    let (home, abroad) = (Runtime(), Runtime())
    let server = try await withRuntime(abroad) { () async throws in
      try await PlainStarter.start(options: [lending.option])
    }
    try await withRuntime(home) { () async throws in
      #expect(try await server.call { .view(abroad, $0) } == Self.outside)
      #expect(Runtime.current === home)
      #expect(await Task { Runtime.current }.value === home)
    }
    try await abroad.shutdown()
  }

  @Test("A child task of a handler starts in the name of the server")
  func child() async throws {
    try await withTestRuntime { _ in
      let server = try await AsyncStarter.start()
      #expect(try await server.call { .child($0) } == server.pid)
    }
  }
}
