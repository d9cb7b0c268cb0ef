import GenServerKit
import GenServerTesting
import Testing

// What holds for names of every kind stands in `NameTests` and `RegisterTests`.
@Suite("Names in a registry", .timeLimit(.minutes(2)))
struct ViaNameTests {
  @Test("NAME-002: every use of a reference finds its server in the registry", arguments: [true, false])
  func everyUse(isPlain: Bool) async throws {
    try await withTestRuntime { test in
      try await isPlain ? CheckOf<Puppet>().everyUse(in: test) : CheckOf<AsyncPuppet>().everyUse(in: test)
    }
  }

  @Test("NAME-002: nobody in the registry is nobody for every use", arguments: [true, false])
  func nobody(isPlain: Bool) async throws {
    try await withTestRuntime { _ in
      try await isPlain ? CheckOf<Puppet>().nobody() : CheckOf<AsyncPuppet>().nobody()
    }
  }

  @Test("NAME-002: a server of another type in the registry is the wrong one")
  func wrongServer() async throws {
    try await withTestRuntime { _ in
      let book = Phonebook<String>()
      let holder = try await Puppet.start(name: .via(book, "desk"))
      let wrong = AsyncPuppet.named(.via(book, "desk"))
      await #expect(throws: CallError.wrongServer(expected: "AsyncPuppet", found: "Puppet")) {
        try await wrong.notes()
      }
      await #expect(throws: CallError.wrongServer(expected: "AsyncPuppet", found: "Puppet")) { try await wrong.stop() }
      #expect(wrong.send(.note("x")) == .noProcess)
      #expect(wrong.pid == nil)
      #expect(AsyncPuppet.whereis(.via(book, "desk")) == nil)
      #expect(holder.isAlive)
      #expect(try await Puppet.named(.via(book, "desk")).notes().isEmpty)
      await #expect(throws: StartError.alreadyStarted(try holder.own())) {
        try await AsyncPuppet.start(name: .via(book, "desk"))
      }
    }
  }

  @Test("NAME-002: registries are tables of their own")
  func tables() async throws {
    try await withTestRuntime { test in
      let (one, other) = (Phonebook<String>(), Phonebook<String>())
      let plain = try await Puppet.start(name: "n")
      let first = try await Puppet.start(name: .via(one, "n"))
      let second = try await Puppet.start(name: .via(other, "n"))
      #expect(Puppet.named("n").pid == plain.pid)
      #expect(Puppet.named(.via(one, "n")).pid == first.pid)
      #expect(Puppet.named(.via(other, "n")).pid == second.pid)
      #expect(test.runtime.registeredNames == ["n"])
      // A registry is the same in every runtime, and so is its holder.
      try await withTestRuntime { _ async throws in
        #expect(Puppet.named("n").pid == nil)
        #expect(try await Puppet.named(.via(one, "n")).ask { _, context in context.pid } == first.pid)
        await #expect(throws: StartError.alreadyStarted(try first.own())) {
          try await Puppet.start(name: .via(one, "n"))
        }
      }
      #expect(one.keys == ["n"])
    }
  }

  @Test("NAME-002: a registry may be a value, and keys are of any type")
  func values() async throws {
    try await withTestRuntime { _ in
      let seat = ProcessName<Puppet>.via(Hall.shared, Seat(row: 3, number: 14))
      let server = try await Puppet.start(name: seat)
      #expect(Puppet.named(.via(Hall.shared, Seat(row: 3, number: 14))).pid == server.pid)
      #expect(Puppet.named(.via(Hall.shared, Seat(row: 3, number: 15))).pid == nil)
      #expect(seat.description == "via the hall row 3 seat 14")
      let registry: any ViaRegistry<Seat> = Hall.shared
      #expect(Puppet.named(.via(registry, Seat(row: 3, number: 14))).pid == server.pid)
      try await server.stop()
      #expect(Puppet.whereis(seat) == nil)
    }
  }

  @Test("NAME-002: names are equal by their registry and key, and say what they are")
  func texts() async throws {
    try await withTestRuntime { test in
      let (book, other) = (Phonebook<String>(), Phonebook<String>())
      let name = ProcessName<Puppet>.via(book, "b17")
      #expect(name == .via(book, "b17"))
      #expect(Set([name, .via(book, "b17"), .via(book, "b18"), .via(other, "b17"), "b17"]).count == 4)
      #expect(name != name.on("shop@there"))
      #expect(Puppet.named(name) == Puppet.named(.via(book, "b17")))
      #expect(Puppet.named(name) != Puppet.named("b17"))
      #expect(name.description == #"via Phonebook<String> "b17""#)
      #expect(Puppet.named(name).description == #"Puppet via Phonebook<String> "b17""#)
      #expect(name.on("shop@there").description == #"via Phonebook<String> "b17" on shop@there"#)
      #expect(ProcessName<Puppet>.via(Phonebook<Int>(), 17).description == "via Phonebook<Int> 17")

      let server = try await Puppet.start(name: name)
      let pid = try server.own()
      #expect(server.description == #"Puppet via Phonebook<String> "b17" \#(pid)"#)
      #expect(pid.snapshot?.name == #"via Phonebook<String> "b17""#)
      let error = await #expect(throws: CallError.self) {
        try await Puppet.named(name).ask(timeout: .milliseconds(0)) { _, _ in throw PuppetError("crash") }
      }
      #expect(error?.details.server == #"Puppet via Phonebook<String> "b17""#)
      #expect(await pid.waitForExit() == crash)
      #expect(test.logs.errors.first?.metadata["name"].map { "\($0)" } == #"via Phonebook<String> "b17""#)
      // It is still called so.
      #expect(server.description == #"Puppet via Phonebook<String> "b17" \#(pid)"#)
    }
  }

  @Test("NAME-002: a name in a registry is not reached on another node")
  func otherNode() async throws {
    try await withTestRuntime { _ in
      let book = Phonebook<String>()
      _ = try await Puppet.start(name: .via(book, "n"))
      let name = ProcessName<Puppet>.via(book, "n").on("shop@there")
      await #expect(throws: CallError.noConnection()) { try await Puppet.named(name).notes() }
      await #expect(throws: StartError.notOnThisNode("shop@there")) { try await Puppet.start(name: name) }
      #expect(book.keys == ["n"])
    }
  }

  @Test("NAME-013: a registry is asked once for each use, and for nothing else")
  func lookups() async throws {
    try await withTestRuntime { _ in
      let reception = Reception()
      let name = ProcessName<Puppet>.via(reception, "key")
      let server = try await Puppet.start(name: name)
      #expect(reception.lines() == ["register key"])
      let address = Puppet.named(name)
      #expect(reception.lines() == [])
      _ = try await address.notes()
      #expect(reception.lines() == ["whereis key"])
      address.tell { _, _ in }
      #expect(reception.lines() == ["whereis key"])
      address.send(.note("x"))
      #expect(reception.lines() == ["whereis key"])
      #expect(Puppet.whereis(name) == server)
      #expect(reception.lines() == ["whereis key"])
      #expect(try await server.notes() == ["x"])
      #expect(reception.lines() == [])
      try await address.stop()
      #expect(reception.lines() == ["whereis key", "unregister key"])
    }
  }

  @Test("NAME-013: a registration that is refused is a start under a name that is taken", arguments: [true, false])
  func refused(isPlain: Bool) async throws {
    try await withTestRuntime { test in
      try await isPlain ? CheckOf<Puppet>().refused(in: test) : CheckOf<AsyncPuppet>().refused(in: test)
    }
  }

  @Test("NAME-013: a process gives its key back before anyone hears of its end", arguments: End.allCases)
  func released(end: End) async throws {
    try await withTestRuntime { _ in
      let reception = Reception()
      for setup in Setup.byPID {
        let probe = try await setup.start()
        try probe.address.register(in: reception, as: "key")
        let watcher = try await Puppet.start()
        let pid = probe.pid
        // What the registry says is asked when the message of the end is made.
        try await watcher.ask { _, context in
          _ = context.monitor(pid) { _ in .note("\(reception.lines())") }
        }
        #expect(reception.lines() == ["register key"])
        #expect(try await end.happens(to: probe) == end.reason)
        #expect(try await watcher.notes(1) == [#"["unregister key"]"#])
      }
    }
  }

  @Test("NAME-013: a start that fails gives the key back", arguments: ProbePlan.Failure.all)
  func failedStart(failure: ProbePlan.Failure) async throws {
    try await withTestRuntime { _ in
      let reception = Reception()
      let name = "key"
      await #expect(throws: failure.startError) {
        try await PlainProbe.start(ProbePlan(failure: failure), name: .via(reception, name))
      }
      #expect(reception.lines() == ["register key", "unregister key"])
      await #expect(throws: failure.startError) {
        try await AsyncProbe.start(ProbePlan(failure: failure), name: .via(reception, name))
      }
      #expect(reception.lines() == ["register key", "unregister key"])
    }
  }

  @Test("NAME-013: a process that has ended when its registry lets it in gives its key back", arguments: Setup.byPID)
  func endedMeanwhile(setup: Setup) async throws {
    try await withTestRuntime { _ in
      let reception = Reception()
      reception.isDeadly = true
      let probe = try await setup.start()
      #expect(throws: NameError.noProcess) { try probe.address.register(in: reception, as: "key") }
      #expect(reception.lines() == ["register key", "unregister key"])
      #expect(reception.whereis("key") == nil)
      #expect(await probe.pid.waitForExit() == .killed)
    }
  }

  @Test("NAME-013: a registry's code and its keys' are called outside of all locks")
  func locks() async throws {
    try await withTestRuntime { test in
      let book = Phonebook<Curious>()
      let name = ProcessName<Puppet>.via(book, Curious("a"))
      let server = try await Puppet.start(name: name)
      let pid = try server.own()
      try server.register(.via(book, Curious("b")))
      try server.register("plain")
      #expect(throws: NameError.taken(pid)) { try server.register(name) }
      #expect(Set([Puppet.named(name), .named(.via(book, Curious("a"))), .named(.via(book, Curious("b")))]).count == 2)
      #expect(try await Puppet.named(name).notes() == [])
      let watcher = try await Puppet.start()
      watcher.tell { _, context in
        context.monitor(Puppet.named(name)) { .note($0.name ?? "") }
        context.link(Puppet.named(.via(book, Curious("nobody"))))
      }
      try server.unregister(.via(book, Curious("b")))
      #expect(throws: NameError.notRegistered) { try server.unregister(.via(book, Curious("b"))) }
      #expect(await watcher.waitForExit() == .noProcess)
      #expect(try await server.end(crash) == crash)
      #expect(test.logs.errors.contains { $0.message.contains("plain") })
      #expect(book.keys.isEmpty)
    }
  }
}

extension ProbeReference {
  fileprivate func register(in reception: Reception, as key: String) throws(NameError) {
    if let plain = self as? ServerRef<PlainProbe> { return try plain.register(.via(reception, key)) }
    if let async = self as? ServerRef<AsyncProbe> { try async.register(.via(reception, key)) }
  }
}

/// What has to hold for servers with plain handlers and for those with async ones.
private struct CheckOf<Server: PuppetShow> {
  func everyUse(in test: TestRuntime) async throws {
    let book = Phonebook<String>()
    let name = ProcessName<Server>.via(book, "n")
    let started = try await Server.start(name: name)
    let pid = try started.own()
    let server = Server.named(name)
    #expect(server.pid == pid)
    #expect(server.isAlive)
    #expect(Server.whereis(name) == started)
    #expect(server.send(Server.note("sent")) == .enqueued)
    #expect(server.tell { puppet, _ in puppet.notes.append("cast") } == .enqueued)
    try await server.cast(
      Server.told { puppet, _ in
        puppet.notes.append("waited")
        return .noReply
      }, whenFull: .wait)
    #expect(try await server.notes() == ["sent", "cast", "waited"])
    #expect(try await server.within(.seconds(1)).notes().count == 3)
    let pending = server.sendRequest { (client: ReplyTo<Int>) in Server.called { _, _ in .reply(7, to: client) } }
    #expect(try await pending.value() == 7)

    #expect(try await Sys.state(of: server) { $0.notes.count } == 3)
    try await Sys.replaceState(of: server) { $0.notes = [] }
    try await Sys.suspend(server)
    #expect(try await Sys.status(of: server).isSuspended)
    try await Sys.resume(server)

    server.send(Server.note("timer"), after: .seconds(1))
    await test.clock.advance(by: .seconds(1))
    #expect(try await server.notes() == ["timer"])

    let other = try await Puppet.start()
    try await other.ask { _, context in
      context.trapExits { .note("exit \($0.pid == pid) \($0.reason)") }
      context.link(server)
      context.monitor(server) { .note("down \($0.pid == pid) \($0.name ?? "") \($0.reason)") }
      context.request(server, as: { .note("answer \($0)") }) { client in
        Server.called { puppet, _ in .reply(puppet.notes.count, to: client) }
      }
    }
    _ = try await server.notes()
    #expect(pid.snapshot?.links == [try other.own()])
    try await withProcess { process async throws in
      let monitor = process.monitor(server)
      try await server.stop(.shutdown)
      let down = try await process.receive(Down.self)
      #expect(down.monitor == monitor)
      #expect(down.name == name.description)
    }
    #expect(book.keys.isEmpty)
    #expect(await pid.waitForExit() == .shutdown)
    #expect(
      try await other.notes() == [
        "answer success(1)", "exit true shutdown", "down true \(name.description) shutdown",
      ])
  }

  func nobody() async throws {
    let book = Phonebook<String>()
    let gone = try await Server.start(name: .via(book, "gone"))
    try await gone.stop()
    let ended = try await Server.start()
    let endedPID = try ended.own()
    try await ended.stop()
    // A registry that still knows one that has ended.
    let dead = Reception()
    dead.seat(endedPID, at: "dead")
    for server in [Server.named(.via(book, "never")), .named(.via(book, "gone")), .named(.via(dead, "dead"))] {
      #expect(server.pid == nil)
      #expect(!server.isAlive)
      await #expect(throws: CallError.noProcess()) { try await server.notes() }
      await #expect(throws: CallError.noProcess()) { try await server.stop() }
      await #expect(throws: CallError.noProcess()) { try await Sys.suspend(server) }
      #expect(server.send(Server.note("x")) == .noProcess)
      #expect(await server.waitForExit() == .noProcess)
      let watcher = try await Puppet.start()
      try await watcher.ask { _, context in _ = context.monitor(server) { .note("\($0.reason)") } }
      #expect(try await watcher.notes() == ["\(ExitReason.noProcess)"])
    }
    #expect(Server.whereis(.via(book, "never")) == nil)
    #expect(Server.whereis(.via(dead, "dead")) == nil)
  }

  func refused(in test: TestRuntime) async throws {
    let reception = Reception()
    let name = ProcessName<Server>.via(reception, "key")
    let first = try await Server.start(name: name)
    let pid = try first.own()
    #expect(reception.lines() == ["register key"])
    await #expect(throws: StartError.alreadyStarted(pid)) { try await Server.start(name: name) }
    // Who was refused gives nothing back.
    #expect(reception.lines() == ["refuse key", "whereis key"])
    #expect(test.runtime.processes == [pid])
    #expect(Server.named(name).pid == pid)

    let other = try await Server.start()
    #expect(throws: NameError.taken(pid)) { try other.register(name) }
    _ = try await other.end(crash)
    #expect(reception.lines() == ["whereis key", "refuse key", "whereis key"])

    // Refused although nobody is there.
    try await first.stop()
    reception.isFull = true
    await #expect(throws: StartError.nameRefused(name.description)) { try await Server.start(name: name) }
    let third = try await Server.start()
    #expect(throws: NameError.refused) { try third.register(name) }
    #expect(Server.named(name).pid == nil)
  }
}

/// A registry that is a value, which stands for the one there is.
private enum Hall: ViaRegistry, CustomStringConvertible {
  case shared

  private static let seats = Phonebook<Seat>()

  var description: String { "the hall" }

  func register(_ pid: PID, as key: Seat) -> Bool { Self.seats.register(pid, as: key) }
  func unregister(_ key: Seat, of pid: PID) { Self.seats.unregister(key, of: pid) }
  func whereis(_ key: Seat) -> PID? { Self.seats.whereis(key) }
}

private struct Seat: Hashable, Sendable, CustomDebugStringConvertible {
  let row: Int
  let number: Int

  var debugDescription: String { "row \(row) seat \(number)" }
}
