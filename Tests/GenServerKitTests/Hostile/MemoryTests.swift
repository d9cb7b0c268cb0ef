#if os(Linux)
  import GenServerKit
  import GenServerTesting
  import Logging
  import Testing

  /// What is moved in each test is several times the bound, and other tests run beside it.
  @Suite("Memory", .serialized, .timeLimit(.minutes(5))) struct MemoryTests {
    private static let bound = 100_000_000
    private static let lendings: [StartOption.CallsInPlace] = [.never, .always]
    private static let quiet = Logger(label: "memory") { _ in SwiftLogNoOpLogHandler() }

    /// Runs it once to fill what stays filled, and then expects that it leaves nothing behind.
    private func expectNoGrowth(_ body: () async throws -> Void) async throws {
      let runtime = Runtime(logger: Self.quiet)
      try await withRuntime(runtime) { () async throws in
        try await body()
        let before = try ResidentMemory.now()
        try await body()
        let growth = try ResidentMemory.now() - before
        #expect(growth < Self.bound)
      }
      #expect(runtime.processes.isEmpty)
    }

    @Test("servers that are started, called and stopped leave nothing", arguments: lendings)
    func startAndStop(_ lending: StartOption.CallsInPlace) async throws {
      try await startAndStop(PlainHoarder.self, 150_000, lending)
      try await startAndStop(AsyncHoarder.self, 150_000, lending)
      try await startAndStop(AsyncHoarder.self, 150_001, lending)
    }

    private func startAndStop<Server: Hoarder>(
      _: Server.Type, _ size: Int, _ lending: StartOption.CallsInPlace
    ) async throws {
      try await expectNoGrowth {
        for round in 1...1000 {
          let server = try await Server.start(Freight(bytes: size), name: "hoarder", options: [.callsInPlace(lending)])
          if round % 2 == 0 {
            #expect(try await server.call { .echo(Freight(bytes: size), $0) }.count == size)
            try await server.stop()
          } else {
            await #expect(throws: CallError.replyDropped()) {
              try await server.call { .drop(Freight(bytes: size), $0) }
            }
            await #expect(throws: CallError.exit(.failure(RogueError()))) {
              try await server.call { .fail(Freight(bytes: size), $0) }
            }
          }
        }
      }
    }

    @Test("floods leave nothing", arguments: [OverflowPolicy?.none, .refuse, .dropOldest, .dropNewest])
    func floods(_ policy: OverflowPolicy?) async throws {
      try await flood(PlainHoarder.self, 2, policy)
      try await flood(AsyncHoarder.self, 2, policy)
      try await flood(AsyncHoarder.self, 3, policy)
    }

    private func flood<Server: Hoarder>(_: Server.Type, _ size: Int, _ policy: OverflowPolicy?) async throws {
      let options = policy.map { [StartOption.mailbox(limit: 100, whenFull: $0)] } ?? []
      try await expectNoGrowth {
        for _ in 1...20 {
          let server = try await Server.start(Freight(bytes: size), options: options)
          for _ in 1...2000 { server.cast(.data(Freight(bytes: 10_000))) }
          try await server.stop()
        }
      }
    }

    @Test("callers that give up leave nothing", arguments: lendings)
    func abandonedCalls(_ lending: StartOption.CallsInPlace) async throws {
      try await expectNoGrowth {
        let server = try await AsyncHoarder.start(Freight(bytes: 3), options: [.callsInPlace(lending)])
        for round in 1...10_000 {
          let call = Task.immediate {
            try await server.call(timeout: round % 2 == 0 ? .milliseconds(0) : .infinity) {
              .echo(Freight(bytes: 20_000), $0)
            }
          }
          if round % 2 == 1 { call.cancel() }
          _ = await call.result
        }
        try await server.stop()
      }
    }
  }
#endif
