import GenServerKit
import GenServerTesting
import Testing

extension ProcessName<Puppet> {
  fileprivate static var main: Self { "main" }
}

@Suite("Server reference", .timeLimit(.minutes(1))) struct ServerReferenceTests {
  @Test("A reference by name is looked up at each use, one by pid is not", arguments: PuppetLending.allCases)
  func restart(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let first = try await Puppet.start(name: .main, options: [lending.option])
      let named = Puppet.named(.main)
      #expect(try await named.ask { _, context in context.pid } == first.pid)
      try await first.stop()
      #expect(named.pid == nil)
      #expect(!named.isAlive)
      await #expect(throws: CallError.noProcess()) { try await named.notes() }
      #expect(named.send(.note("lost")) == .noProcess)

      let second = try await Puppet.start(name: .main, options: [lending.option])
      #expect(second.pid != first.pid)
      #expect(named.pid == second.pid)
      #expect(named.isAlive)
      #expect(try await named.ask { _, context in context.pid } == second.pid)
      #expect(named.send(.note("arrived")) == .enqueued)
      #expect(try await named.notes() == ["arrived"])
      await #expect(throws: CallError.noProcess()) { try await first.notes() }
      #expect(!first.isAlive)
      #expect(first.pid != nil)
    }
  }

  @Test("A start returns a reference by pid")
  func start() async throws {
    try await withTestRuntime { _ in
      let started = try await Puppet.start(name: .main)
      #expect(started != Puppet.named(.main))
      #expect(Puppet.whereis(.main) == started)
      try await started.stop()
      #expect(Puppet.whereis(.main) == nil)
    }
  }

  @Test("A name that a server of another type holds is an error that names both")
  func wrongServer() async throws {
    try await withTestRuntime { _ in
      let holder = try await Puppet.start(name: "desk")
      let wrong = AsyncPuppet.named("desk")
      let error = await #expect(throws: CallError.self) { try await wrong.notes() }
      #expect(error == .wrongServer(expected: "AsyncPuppet", found: "Puppet"))
      #expect(error?.description.contains("AsyncPuppet \"desk\"") == true)
      #expect(error?.description.contains("held by a Puppet, and the call is for a AsyncPuppet") == true)
      await #expect(throws: CallError.wrongServer(expected: "AsyncPuppet", found: "Puppet")) { try await wrong.stop() }
      await #expect(throws: CallError.wrongServer(expected: "AsyncPuppet", found: "Puppet")) {
        try await wrong.cast(AsyncPuppet.told { _, _ in .noReply }, whenFull: .wait)
      }
      #expect(wrong.tell { _, _ in } == .noProcess)
      #expect(wrong.send(.note("x")) == .noProcess)
      #expect(wrong.pid == nil)
      #expect(!wrong.isAlive)
      #expect(AsyncPuppet.whereis("desk") == nil)
      #expect(holder.isAlive)
      #expect(try await holder.notes().isEmpty)
      // The name is taken for servers of every type.
      await #expect(throws: StartError.alreadyStarted(try #require(holder.pid))) {
        try await AsyncPuppet.start(name: "desk")
      }
    }
  }

  @Test("A name on another node has no connection")
  func otherNode() async throws {
    try await withTestRuntime { _ in
      _ = try await Puppet.start(name: .main)
      let name = ProcessName<Puppet>.main.on("shop@there")
      let elsewhere = Puppet.named(name)
      await #expect(throws: CallError.noConnection()) { try await elsewhere.notes() }
      await #expect(throws: CallError.noConnection()) { try await elsewhere.stop() }
      #expect(await elsewhere.waitForExit() == .noConnection)
      #expect(elsewhere.send(.note("x")) == .noProcess)
      #expect(elsewhere.pid == nil)
      #expect(!elsewhere.isAlive)
      #expect(Puppet.whereis(name) == nil)
      await #expect(throws: StartError.notOnThisNode("shop@there")) { try await Puppet.start(name: name) }
    }
  }

  @Test("A name on the own node is the name itself")
  func ownNode() async throws {
    let runtime = Runtime(node: "shop@here")
    #expect(runtime.node == "shop@here")
    try await withRuntime(runtime) { () async throws in
      let name = ProcessName<Puppet>.main.on("shop@here")
      let started = try await Puppet.start(name: name)
      #expect(Puppet.named(name).pid == started.pid)
      #expect(Puppet.named(.main).pid == started.pid)
      #expect(try await Puppet.named(name).notes().isEmpty)
      await #expect(throws: CallError.noConnection()) {
        try await Puppet.named(ProcessName<Puppet>.main.on("shop@there")).notes()
      }
    }
    try await runtime.shutdown()
  }

  @Test("Equal references are the same address")
  func equality() async throws {
    try await withTestRuntime { _ in
      let first = try await Puppet.start(name: .main)
      let second = try await Puppet.start()
      #expect(first == first)
      #expect(first != second)
      #expect(first.within(.seconds(1)) == first)
      #expect(Puppet.named(.main) == .named("main"))
      #expect(Puppet.named(.main) != Puppet.named("other"))
      #expect(Puppet.named(.main) != Puppet.named(ProcessName("main").on("shop@there")))
      #expect(Puppet.named(.main) != first)
      let set: Set = [first, second, first.within(.seconds(2)), .named(.main), .named("main"), .named("other")]
      #expect(set.count == 4)
      #expect(Puppet.whereis(.main).map { [$0: 1][first] } == 1)
    }
  }

  @Test("How long calls may take goes with the reference", arguments: PuppetLending.allCases)
  func within(lending: PuppetLending) async throws {
    try await withTestRuntime { test in
      let puppet = try await Puppet.start(name: .main, options: [lending.option])
      for reference in [puppet, Puppet.named(.main)] {
        let kept = PuppetPromise<ReplyTo<Int>>()
        let call = Task.immediate {
          try await reference.within(.seconds(1)).ask { _, _, client in kept.fulfil(client) }
        }
        await test.clock.waitForTimers()
        await test.clock.advance(by: .milliseconds(999))
        #expect(test.clock.armedTimers == 1)
        await test.clock.advance(by: .milliseconds(1))
        let error = await #expect(throws: CallError.timeout()) { try await call.value }
        #expect(error?.description.contains("1.0 seconds") == true)
      }
      // What a call says itself counts, and the last `within` does.
      let now = test.clock.now
      let short = puppet.within(.seconds(1))
      #expect(try await short.ask(timeout: .seconds(9)) { _, context in context.deadline } == now + .seconds(9))
      #expect(try await short.within(.infinity).ask { _, context in context.deadline } == nil)
      #expect(try await puppet.ask { _, context in context.deadline } == now + .seconds(5))
    }
  }

  @Test("The text names the type, and the name or the pid")
  func text() async throws {
    try await withTestRuntime { _ in
      let named = try await Puppet.start(name: .main)
      let nameless = try await Puppet.start()
      #expect(nameless.description == "Puppet \(try #require(nameless.pid))")
      #expect(named.description == "Puppet \"main\" \(try #require(named.pid))")
      #expect(Puppet.named(.main).description == "Puppet \"main\"")
      #expect(Puppet.named(ProcessName("main").on("shop@there")).description == "Puppet \"main on shop@there\"")
    }
  }

  @Test("Names are equal by their text and node")
  func names() {
    #expect(ProcessName<Puppet>.main == "main")
    #expect(ProcessName<Puppet>("a") != "b")
    #expect(ProcessName<Puppet>("a") != ProcessName("a").on("shop@there"))
    #expect(ProcessName<Puppet>("a").on("n") == ProcessName("a").on("n"))
    #expect(ProcessName<Puppet>("a").description == "a")
    #expect(ProcessName<Puppet>("a").on("shop@there").description == "a on shop@there")
    #expect(ProcessName<Puppet>.type == .type)
    #expect(ProcessName<Puppet>.type.description != ProcessName<AsyncPuppet>.type.description)
    #expect(NodeName("shop@there") == "shop@there")
    #expect(NodeName("shop@there").description == "shop@there")
  }

  @Test("A reference can be used from inside another server", arguments: PuppetLending.allCases)
  func insideServer(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let other = try await Puppet.start(name: .main, options: [lending.option])
      let puppet = try await AsyncPuppet.start(options: [lending.option])
      let seen = try await puppet.askAsync { _, _ in
        [Puppet.whereis(.main)?.pid, try await Puppet.named(.main).ask { _, context in context.pid }]
      }
      #expect(seen == [other.pid, other.pid])
      let plain = try await Puppet.start(options: [lending.option])
      #expect(try await plain.ask { _, _ in Puppet.whereis(.main) } == other)
    }
  }
}
