import GenServerKit
import GenServerTesting
import Testing

@Suite("Faults", .timeLimit(.minutes(1))) struct FaultTests {
  @Test("A server is killed before its n-th message, the next one is not", arguments: DeskKind.allCases)
  func kill(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withTestRuntime { test in
        test.faults.inject(.kill(atMessage: 3), into: Server.self)
        let server = try await test.start(Server.self, .empty)
        server.cast(.add(1))
        #expect(try await server.sum() == 1)
        await #expect(throws: CallError.exit(.killed)) { try await server.sum() }
        #expect(try await expectExit(of: server) == .killed)
        let other = try await test.start(Server.self, .empty)
        for _ in 0..<5 { #expect(try await other.sum() == 0) }
      }
    }
    try await run(kind.type)
  }

  @Test("A cast and a timer's message are counted, and the reason is the one asked for", arguments: DeskKind.allCases)
  func exit(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withTestRuntime { test in
        test.faults.inject(.exit(.failure(Desk.Broken()), atMessage: 2), into: Server.self, times: 2)
        let server = try await test.start(Server.self, .empty)
        server.cast(.remind("never", .seconds(1)))
        await test.clock.advance(by: .seconds(1))
        #expect(try await expectExit(of: server) == .failure(Desk.Broken()))
        let second = try await test.start(Server.self, .empty)
        second.cast(.add(1))
        second.cast(.add(1))
        #expect(try await expectExit(of: second) == .failure(Desk.Broken()))
      }
    }
    try await run(kind.type)
  }

  @Test("A message is delayed, and later ones overtake it", arguments: DeskKind.allCases)
  func delay(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withTestRuntime { test in
        test.faults.inject(
          .delay(message: 1, by: .seconds(2)), .delay(message: 3, by: .seconds(9)), .kill(atMessage: 6),
          into: Server.self)
        let server = try await test.start(Server.self, .empty, mayCrash: true)
        server.cast(.add(1))
        #expect(try await server.sum() == 0)
        // The third message is a call: its caller waits as long.
        let call = Task { try await server.call(timeout: .infinity) { .sum($0) } }
        await test.clock.waitForTimers(2)
        await test.clock.advance(by: .seconds(2))
        #expect(try await server.sum() == 1)
        server.cast(.add(10))
        await test.clock.advance(by: .seconds(7))
        #expect(try await call.value == 11)
        #expect(test.clock.armedTimers == 0)
        // What has come back was not counted again.
        await #expect(throws: CallError.exit(.killed)) { try await server.sum() }
      }
    }
    try await run(kind.type)
  }

  @Test("An answer is lost, and its caller waits until the time is up", arguments: DeskKind.allCases)
  func dropReply(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withTestRuntime { test in
        test.faults.inject(.dropReply(toCall: 2), into: Server.self)
        let server = try await test.start(Server.self, .empty)
        server.cast(.add(1))
        #expect(try await server.sum() == 1)
        let lost = Task { try await server.sum() }
        await test.clock.waitForTimers(1)
        #expect(try await server.sum() == 1)
        await test.clock.advance(by: .seconds(5))
        await #expect(throws: CallError.timeout()) { try await lost.value }
      }
    }
    try await run(kind.type)
  }

  @Test("An answer is late, and the server goes on", arguments: DeskKind.allCases)
  func delayReply(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withTestRuntime { test in
        test.faults.inject(.delayReply(toCall: 1, by: .seconds(3)), into: Server.self)
        let server = try await test.start(Server.self, .empty)
        let late = Task { try await server.sum() }
        await test.clock.waitForTimers(2)
        server.cast(.add(5))
        #expect(try await server.sum() == 5)
        await test.clock.advance(by: .seconds(3))
        #expect(try await late.value == 0)
      }
    }
    try await run(kind.type)
  }

  @Test("Starts fail, as often as asked for", arguments: DeskKind.allCases)
  func failStart(kind: DeskKind) async throws {
    func run<Server: DeskServer>(_ type: Server.Type) async throws {
      try await withTestRuntime { test in
        test.faults.inject(.failStart(.failure(Desk.Broken())), into: Server.self, times: 2)
        for _ in 0..<2 {
          await #expect(throws: StartError.failed(.failure(Desk.Broken()))) {
            try await Server.start(.empty, name: "desk")
          }
        }
        let server = try await Server.start(.empty, name: "desk")
        #expect(try await server.sum() == 0)
        #expect(try await Server.start(.empty).sum() == 0)
      }
    }
    try await run(kind.type)
  }

  @Test("A mailbox keeps its bound")
  func bounded() async throws {
    try await withTestRuntime { test in
      test.faults.inject(.delay(message: 1, by: .seconds(1)), into: PlainDesk.self)
      let server = try await test.start(PlainDesk.self, .empty, options: [.mailbox(limit: 1)])
      server.cast(.add(1))
      await test.clock.waitForTimers(1)  // it has been taken out of the mailbox, and is kept
      #expect(try await server.sum() == 0)
      await test.clock.advance(by: .seconds(1))
      #expect(try await server.sum() == 1)
    }
  }
}

extension ServerRef where Server: DeskServer {
  fileprivate func sum() async throws(CallError) -> Int { try await call { .sum($0) } }
}
