import GenServerKit
import Testing

@Suite("Runtimes", .timeLimit(.minutes(1))) struct RuntimeIsolationTests {
  /// Two runtimes, and the end of both.
  private func withTwo(_ body: (Runtime, Runtime) async throws -> Void) async throws {
    let first = Runtime()
    let second = Runtime()
    try await body(first, second)
    try await first.shutdown()
    try await second.shutdown()
  }

  @Test("Two runtimes do not see each other's names and processes")
  func names() async throws {
    try await withTwo { first, second in
      let one = try await withRuntime(first) { () async throws(StartError) in try await Puppet.start(name: "same") }
      try await withRuntime(second) { () async throws in
        #expect(Puppet.whereis("same") == nil)
        await #expect(throws: CallError.noProcess()) { try await Puppet.named("same").notes() }
        #expect(second.processes.isEmpty)
        let other = try await Puppet.start(name: "same")
        #expect(other != one)
        #expect(Puppet.whereis("same") == other)
        #expect(second.processes == [try #require(other.pid)])
        // A pid leads to its process from everywhere.
        #expect(try await one.notes().isEmpty)
      }
      #expect(first.processes == [try #require(one.pid)])
      await withRuntime(first) { #expect(Puppet.whereis("same") == one) }
    }
  }

  @Test("The current runtime is that of the innermost scope")
  func scopes() async throws {
    try await withTwo { first, second in
      await withRuntime(first) {
        #expect(Runtime.current === first)
        await withRuntime(second) { #expect(Runtime.current === second) }
        #expect(Runtime.current === first)
        async let child = Runtime.current
        #expect(await child === first)
        #expect(await Task { Runtime.current }.value === first)
        #expect(await Task.detached { Runtime.current }.value === Runtime.default)
      }
      #expect(Runtime.current === Runtime.default)
      #expect(Runtime.default === Runtime.default)
      #expect(Runtime.default !== first)
    }
  }

  @Test("A scope passes on what its body returns or throws")
  func scopeResults() async throws {
    #expect(await withRuntime(Runtime()) { 7 } == 7)
    await #expect(throws: PuppetError("body")) { try await withRuntime(Runtime()) { throw PuppetError("body") } }
  }

  @Test("A handler is in the runtime of its process, whoever calls", arguments: PuppetLending.allCases)
  func handlers(lending: PuppetLending) async throws {
    try await withTwo { first, second in
      let (plain, async) = try await withRuntime(first) { () async throws in
        (try await Puppet.start(options: [lending.option]), try await AsyncPuppet.start(options: [lending.option]))
      }
      try await withRuntime(second) { () async throws in
        for _ in 1...3 {
          #expect(try await plain.ask { _, _ in Runtime.current } === first)
          #expect(try await async.ask { _, _ in Runtime.current } === first)
        }
        let told = PuppetPromise<Runtime>()
        plain.tell { _, _ in told.fulfil(.current) }
        #expect(await told.value() === first)
        #expect(Runtime.current === second)
      }
    }
  }

  @Test("Tasks that an async handler starts are in the runtime of its process", arguments: PuppetLending.allCases)
  func tasksOfHandlers(lending: PuppetLending) async throws {
    try await withTwo { first, second in
      let async = try await withRuntime(first) { () async throws in
        try await AsyncPuppet.start(options: [lending.option])
      }
      try await withRuntime(second) { () async throws in
        let runtimes = try await async.askAsync { _, _ in
          async let child = Runtime.current
          let inGroup = await withTaskGroup(of: Runtime.self) { group in
            group.addTask { .current }
            return await group.next() ?? .default
          }
          return [await child, inGroup, await Task { Runtime.current }.value]
        }
        #expect(runtimes.allSatisfy { $0 === first })
      }
    }
  }

  @Test("What a handler starts belongs to its runtime", arguments: PuppetLending.allCases)
  func startedByHandlers(lending: PuppetLending) async throws {
    try await withTwo { first, second in
      let async = try await withRuntime(first) { () async throws in
        try await AsyncPuppet.start(options: [lending.option])
      }
      try await withRuntime(second) { () async throws in
        let started = try await async.askAsync { _, _ in
          async let child = Puppet.start(name: "child")
          return (try await Puppet.start(name: "own"), try await child)
        }
        #expect(Puppet.whereis("own") == nil)
        #expect(first.processes.contains(try #require(started.0.pid)))
        #expect(first.processes.contains(try #require(started.1.pid)))
        #expect(second.processes.isEmpty)
      }
    }
  }

  @Test("A handler can work in another runtime", arguments: PuppetLending.allCases)
  func otherRuntimeInHandler(lending: PuppetLending) async throws {
    try await withTwo { first, second in
      let async = try await withRuntime(first) { () async throws in
        try await AsyncPuppet.start(options: [lending.option])
      }
      let pid = try await async.askAsync { _, _ in
        try await withRuntime(second) { () async throws in try await Puppet.start(name: "guest").pid }
      }
      #expect(second.processes == [try #require(pid)])
      #expect(first.processes == [try #require(async.pid)])
    }
  }

  @Test("A handler that works in another runtime is its process still", arguments: PuppetLending.allCases)
  func processInOtherRuntime(lending: PuppetLending) async throws {
    try await withTwo { first, second in
      let (asker, other) = try await withRuntime(first) { () async throws in
        (try await AsyncPuppet.ready(lending), try await Puppet.ready(lending))
      }
      let seen = try await asker.askAsync { _, context in
        let me = context.me
        return try await withRuntime(second) { () async throws -> (caller: PID?, error: CallError?) in
          let caller = try await other.call { (client: ReplyTo<PID?>) in
            Puppet.called { _, _ in .reply(client.caller, to: client) }
          }
          do throws(CallError) {
            _ = try await me.within(.milliseconds(100)).notes()
            return (caller, nil)
          } catch {
            return (caller, error)
          }
        }
      }
      #expect(seen.caller == asker.pid)
      #expect(seen.error == .callingSelf())
    }
  }

  @Test("Initialize and terminate are in the runtime of their process")
  func initialize() async throws {
    try await withTwo { first, _ in
      let journal = PuppetPromise<[Bool]>()
      let server = try await withRuntime(first) { () async throws in
        try await RuntimeWitness.start((first, journal))
      }
      try await server.stop()
      #expect(await journal.value() == [true, true])
    }
  }
}

/// Looks at the current runtime where it begins and where it ends.
private struct RuntimeWitness: GenServer {
  let runtime: Runtime
  let isRight: Bool
  let journal: PuppetPromise<[Bool]>

  static func initialize(_ argument: (Runtime, PuppetPromise<[Bool]>), context: Context) -> Initial {
    .ok(Self(runtime: argument.0, isRight: Runtime.current === argument.0, journal: argument.1))
  }

  func terminate(_ reason: ExitReason, context: Context) {
    journal.fulfil([isRight, Runtime.current === runtime])
  }
}
