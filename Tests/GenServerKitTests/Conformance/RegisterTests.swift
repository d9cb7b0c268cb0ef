import GenServerKit
import GenServerTesting
import Testing

// Names that come and go while a process runs, plain and in a registry, for servers and for raw processes.
@Suite("Registering", .timeLimit(.minutes(2)))
struct RegisterTests {
  private static let plain = Setup.byName.filter { $0.address == .name }

  @Test("NAME-001: a name given later leads to the server", arguments: Setup.byName)
  func later(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await nameless(setup)
      #expect(probe.pid.snapshot?.name == nil)
      try probe.address.register("n", setup.address)
      #expect(setup.whereis("n")?.pid == probe.pid)
      #expect(try await setup.named("n").ask(timeout: nil) { .note("named", $0) } == ["named"])
      let shown = try #require(probe.pid.snapshot?.name)
      #expect(setup.address == .name ? shown == "n" : shown.hasPrefix("via ") && shown.hasSuffix(#""n""#))
      #expect(try await End.crashed.happens(to: probe) == End.crashed.reason)
      #expect(test.logs.errors.map { $0.metadata["name"].map { "\($0)" } } == [shown])
      #expect(setup.whereis("n")?.pid == nil)
    }
  }

  @Test("NAME-009: a process has one plain name", arguments: plain)
  func oneName(setup: Setup) async throws {
    try await withTestRuntime { test in
      let started = try await setup.start(name: "a")
      let named = try await nameless(setup)
      try named.address.register("c", .name)
      for (probe, name) in [(started, "a"), (named, "c")] {
        for other in ["b", name] {
          #expect(throws: NameError.alreadyNamed(name)) { try probe.address.register(other, .name) }
        }
        #expect(setup.named(name).pid == probe.pid)
        #expect(probe.pid.snapshot?.name == name)
      }
      #expect(test.runtime.registeredNames == ["a", "c"])
      #expect(try await setup.start(name: "b").pid != started.pid)
    }
  }

  @Test("NAME-009: a raw process has one plain name")
  func oneNameOfRawProcess() async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        try process.register("a")
        #expect(throws: NameError.alreadyNamed("a")) { try process.register("b") }
        #expect(test.runtime.registeredNames == ["a"])
        #expect(process.snapshot.name == "a")
        try process.unregister("a")
        try process.register("b")
        #expect(test.runtime.registeredNames == ["b"])
      }
      #expect(test.runtime.registeredNames == [])
    }
  }

  @Test("a raw process is found by its names, and by nobody else's")
  func whereis() async throws {
    try await withTestRuntime { test in
      let registry = Phonebook<String>()
      let done = PuppetPromise<Void>()
      let pid = spawn { process in
        try process.register("clock")
        try process.register(.via(registry, "b17"))
        done.fulfil(())
        _ = try await process.receive(String.self)
      }
      await done.value()
      #expect(RawProcess.whereis("clock") == pid)
      #expect(RawProcess.whereis(.via(registry, "b17")) == pid)
      #expect(RawProcess.whereis(ProcessName("clock").on("elsewhere")) == nil)
      #expect(Puppet.whereis("clock") == nil)
      _ = try await Puppet.start(name: "server")
      #expect(RawProcess.whereis("server") == nil)
      #expect(RawProcess.whereis("nobody") == nil)
      try await withTestRuntime { _ in #expect(RawProcess.whereis("clock") == nil) }
      RawProcess.whereis("clock")?.send("enough")
      #expect(await pid.waitForExit() == .normal)
      #expect(RawProcess.whereis("clock") == nil)
      #expect(RawProcess.whereis(.via(registry, "b17")) == nil)
    }
  }

  @Test("NAME-009: of two names given at once a process gets one", arguments: plain)
  func oneNameOfMany(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await nameless(setup)
      // Threads meet between two locks of one step.
      for _ in 1...100 {
        let given = await withTaskGroup(of: String?.self) { group in
          for name in ["a", "b", "c"] {
            group.addTask { (try? probe.address.register(name, .name)).map { name } }
          }
          return await group.reduce(into: [String]()) { if let name = $1 { $0.append(name) } }
        }
        #expect(given.count == 1)
        #expect(test.runtime.registeredNames == given)
        for name in given { try probe.address.unregister(name, .name) }
      }
    }
  }

  @Test("NAME-009: a process has any number of names in registries, beside a plain one", arguments: Setup.byPID)
  func manyNames(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let named = Setup(form: setup.form, address: .via, lending: .never)
      for name in ["x", "y", "z"] { try probe.address.register(name, .via) }
      #expect(probe.pid.snapshot?.name?.hasSuffix(#""x""#) == true)
      try probe.address.register("a", .name)
      #expect(probe.pid.snapshot?.name == "a")
      #expect(["x", "y", "z"].map { named.named($0).pid } == [probe.pid, probe.pid, probe.pid])
      // What people read is what there is still.
      try probe.address.unregister("x", .via)
      try probe.address.unregister("a", .name)
      #expect(probe.pid.snapshot?.name?.hasSuffix(#""y""#) == true)
      #expect(named.named("x").pid == nil)
      #expect(try await End.killed.happens(to: probe) == .killed)
      #expect(["x", "y", "z"].allSatisfy { named.whereis($0)?.pid == nil })
      #expect(test.runtime.registeredNames == [])
    }
  }

  @Test("NAME-010: a name that is taken is not given", arguments: Setup.byName)
  func taken(setup: Setup) async throws {
    try await withTestRuntime { test in
      let holder = try await setup.start(name: "n")
      let names = test.runtime.registeredNames
      let other = try await nameless(setup)
      #expect(throws: NameError.taken(holder.pid)) { try other.address.register("n", setup.address) }
      try await withProcess { process async throws in
        #expect(throws: NameError.taken(holder.pid)) { try process.register(setup.address.name("n")) }
        #expect(process.snapshot.name == nil)
      }
      #expect(setup.named("n").pid == holder.pid)
      #expect(other.pid.snapshot?.name == nil)
      #expect(test.runtime.registeredNames == names)
      // Nor again to who holds it.
      if setup.address == .via {
        #expect(throws: NameError.taken(holder.pid)) { try holder.address.register("n", .via) }
      }
    }
  }

  @Test("NAME-010: a dead process gets no name", arguments: Setup.byName, End.allCases)
  func dead(setup: Setup, end: End) async throws {
    try await withTestRuntime { test in
      let probe = try await nameless(setup)
      _ = try await end.happens(to: probe)
      #expect(throws: NameError.noProcess) { try probe.address.register("n", setup.address) }
      #expect(setup.whereis("n")?.pid == nil)
      #expect(test.runtime.registeredNames == [])
      #expect(throws: NameError.noProcess) { try setup.named("nobody").register("n", setup.address) }
      _ = try await setup.start(name: "n")
    }
  }

  @Test("NAME-010: a process that dies meanwhile leaves no name behind", arguments: Setup.byName)
  func dying(setup: Setup) async throws {
    try await withTestRuntime { test in
      // Threads meet between two locks of one step.
      for _ in 1...200 {
        let probe = try await nameless(setup)
        await withTaskGroup { group in
          group.addTask { try? probe.address.register("n", setup.address) }
          group.addTask {
            probe.pid.exit(.killed)
            #expect(await probe.pid.waitForExit() == .killed)
            #expect(setup.whereis("n")?.pid == nil)
            // A registry may still be asked to take it back.
            if setup.address == .name { _ = try? await setup.start(name: "n").stop() }
          }
        }
        #expect(test.runtime.registeredNames == [])
        try await setup.start(name: "n").stop()
      }
    }
  }

  @Test("NAME-010: a name without text is no name", arguments: plain)
  func empty(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await nameless(setup)
      #expect(throws: NameError.emptyName) { try probe.address.register("", .name) }
      let error = await #expect(throws: StartError.self) { try await setup.start(name: "") }
      guard case .invalidOption(let text) = error else { throw ProbeError("\(error as Any)") }
      #expect(text.contains("must not be empty"))
      try await withProcess { process async throws in
        #expect(throws: NameError.emptyName) { try process.register("") }
      }
      #expect(test.runtime.registeredNames == [])
      #expect(probe.pid.snapshot?.name == nil)
    }
  }

  @Test("NAME-010: a name on another node is not given")
  func otherNode() async throws {
    try await withTestRuntime { test in
      let server = try await PlainDeaf.start()
      let name = ProcessName<PlainDeaf>("n").on("shop@there")
      #expect(throws: NameError.notOnThisNode("shop@there")) { try server.register(name) }
      try await withProcess { process async throws in
        #expect(throws: NameError.notOnThisNode("shop@there")) {
          try process.register(ProcessName("n").on("shop@there"))
        }
      }
      #expect(test.runtime.registeredNames == [])
    }
  }

  @Test("NAME-011: a name is given back once, and its server lives on", arguments: Setup.byName)
  func unregister(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start(name: "n")
      let reference = try #require(setup.whereis("n"))
      try reference.unregister("n", setup.address)
      #expect(setup.whereis("n")?.pid == nil)
      #expect(test.runtime.registeredNames == [])
      #expect(reference.isAlive)
      #expect(probe.pid.snapshot?.name == nil)
      #expect(throws: NameError.notRegistered) { try reference.unregister("n", setup.address) }
      #expect(try await reference.ask(timeout: nil) { .note("nameless", $0) } == ["nameless"])

      // Free for another one, which the first cannot take it from, nor free at its end.
      let second = try await setup.start(name: "n")
      #expect(throws: NameError.notRegistered) { try reference.unregister("n", setup.address) }
      #expect(setup.named("n").pid == second.pid)
      try reference.register("m", setup.address)
      #expect(setup.named("m").pid == probe.pid)
      probe.pid.exit(.killed)
      #expect(await probe.pid.waitForExit() == .killed)
      #expect(setup.named("n").pid == second.pid)
      #expect(setup.whereis("m")?.pid == nil)
      #expect(throws: NameError.noProcess) { try reference.unregister("m", setup.address) }
      // Through the name itself.
      try setup.named("n").unregister("n", setup.address)
      #expect(throws: NameError.noProcess) { try setup.named("n").unregister("n", setup.address) }
    }
  }

  @Test("NAME-011: a raw process gives its name back once", arguments: [Setup.Address.name, .via])
  func unregisterRawProcess(address: Setup.Address) async throws {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        try process.register(address.name("n"))
        try process.unregister(address.name("n"))
        #expect(throws: NameError.notRegistered) { try process.unregister(address.name("n")) }
        #expect(process.snapshot.name == nil)
        let server = try await PlainDeaf.start(name: address.name("n"))
        #expect(throws: NameError.notRegistered) { try process.unregister(address.name("n")) }
        #expect(PlainDeaf.whereis(address.name("n")) == server)
        try process.register(address.name("m"))
      }
      #expect(PlainDeaf.whereis(address.name("m")) == nil)
      _ = try await PlainDeaf.start(name: address.name("m"))
    }
  }

  @Test("NAME-012: the names are listed, those of ended processes are not")
  func listing() async throws {
    try await withTestRuntime { test in
      #expect(test.runtime.registeredNames == [])
      let b = try await PlainDeaf.start(name: "b")
      let c = try await AsyncDeaf.start(name: "c")
      _ = try await PlainDeaf.start()
      let inRegistry: ProcessName<PlainDeaf> = Setup.Address.via.name("v")
      _ = try await PlainDeaf.start(name: inRegistry)
      try await withProcess { process async throws in
        try process.register("a")
        #expect(test.runtime.registeredNames == ["a", "b", "c"])
        try await c.stop()
        #expect(test.runtime.registeredNames == ["a", "b"])
      }
      #expect(test.runtime.registeredNames == ["b"])
      // Another runtime has others.
      try await withTestRuntime { other in
        _ = try await PlainDeaf.start(name: "d")
        #expect(other.runtime.registeredNames == ["d"])
        #expect(test.runtime.registeredNames == ["b"])
      }
      b.pid?.exit(.killed)
      #expect(await b.waitForExit() == .killed)
      #expect(test.runtime.registeredNames == [])
    }
  }

  /// A probe of the setup that has no name.
  private func nameless(_ setup: Setup) async throws -> ProbeServer {
    try await Setup(form: setup.form, address: .pid, lending: setup.lending).start()
  }
}
