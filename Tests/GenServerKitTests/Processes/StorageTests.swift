import GenServerKit
import GenServerTesting
import Testing

private enum Foo: ProcessStorageKey { typealias Value = String }
private enum Maybe: ProcessStorageKey { typealias Value = Int? }
private enum Kept: ProcessStorageKey { typealias Value = Token }

/// Not `Sendable`, and tells when it goes.
private final class Token {
  let journal: PuppetJournal
  var uses = 0

  init(_ journal: PuppetJournal) { self.journal = journal }
  deinit { journal.write("gone after \(uses)") }
}

@Suite("Process-local storage", .timeLimit(.minutes(1))) struct StorageTests {
  private struct Storing: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let server = try await make()
      let other = try await make()
      #expect(try await server.ask { $1.storage.updateValue("bar", forKey: Foo.self) } == nil)
      #expect(try await server.ask { $1.storage.updateValue("baz", forKey: Foo.self) } == "bar")
      #expect(try await server.ask { $1.storage[Foo.self] } == "baz")
      #expect(try await other.ask { $1.storage[Foo.self] } == nil)
      #expect(try await server.ask { $1.storage.removeValue(forKey: Foo.self) } == "baz")
      #expect(try await server.ask { $1.storage[Foo.self] } == nil)
      #expect(try await server.ask { $1.storage.removeValue(forKey: Foo.self) } == nil)
      #expect(try await other.ask { $1.storage.removeValue(forKey: Foo.self) } == nil)
      try await server.ask { $1.storage[Foo.self] = "again" }
      try await server.ask { $1.storage[Foo.self] = nil }
      #expect(try await server.ask { $1.storage[Foo.self] } == nil)
    }
  }

  @Test("PROC-012: what a server stores, and what it gets back", arguments: SignalCase.allCases)
  func servers(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(Storing()) }
  }

  @Test("PROC-012: what a raw process stores, and what it gets back")
  func rawProcesses() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        #expect(process.storage.updateValue("bar", forKey: Foo.self) == nil)
        #expect(process.storage.updateValue("baz", forKey: Foo.self) == "bar")
        #expect(process.storage[Foo.self] == "baz")
        let own = process.pid
        process.spawnLink { other in own.send(other.storage[Foo.self] ?? "none") }
        #expect(try await process.receive(String.self) == "none")
        #expect(process.storage.removeValue(forKey: Foo.self) == "baz")
        #expect(process.storage[Foo.self] == nil)
      }
    }
  }

  @Test("a stored nil is a value, and no value is none")
  func optionalValues() async throws {
    try await withTestRuntime { _ in
      await withProcess { process in
        #expect(process.storage[Maybe.self] == .none)
        #expect(process.storage.updateValue(nil, forKey: Maybe.self) == .none)
        #expect(process.storage[Maybe.self] == .some(nil))
        #expect(process.storage.updateValue(3, forKey: Maybe.self) == .some(nil))
        #expect(process.storage.removeValue(forKey: Maybe.self) == 3)
        #expect(process.storage.removeValue(forKey: Maybe.self) == .none)
      }
    }
  }

  private struct Ending: SignalCheck {
    let reason: ExitReason

    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let journal = PuppetJournal()
      let server = try await make()
      try await server.ask { _, context in context.storage[Kept.self] = Token(journal) }
      try await server.ask { _, context in context.storage[Kept.self]?.uses += 1 }
      #expect(journal.lines == [])
      if case .killed = reason {
        _ = await (try server.own()).end(by: reason)
      } else {
        _ = try await server.end(reason)
      }
      // Before anybody hears of the end.
      #expect(journal.lines == ["gone after 1"])
    }
  }

  @Test(
    "a value need not be Sendable, and goes with its server", arguments: SignalCase.allCases,
    [ExitReason.normal, crash, .killed])
  func ends(_ kind: SignalCase, _ reason: ExitReason) async throws {
    try await withTestRuntime { _ in try await kind.run(Ending(reason: reason)) }
  }

  @Test("a value goes with its raw process, and what is stored afterwards is dropped")
  func rawEnd() async throws {
    try await withTestRuntime { _ in
      let journal = PuppetJournal()
      let pid = spawn { process in process.storage[Kept.self] = Token(journal) }
      _ = await pid.waitForExit()
      #expect(journal.lines == ["gone after 0"])
      let ended = await withProcess { $0 }
      ended.storage[Kept.self] = Token(journal)
      #expect(ended.storage[Kept.self] == nil)
      #expect(journal.lines.count == 2)
    }
  }
}
