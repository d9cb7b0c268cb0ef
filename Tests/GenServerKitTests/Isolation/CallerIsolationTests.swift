import GenServerKit
import Testing

/// A call stays on its caller's actor, optimized or not: the compiler has lost it in specialised copies, and in errors
/// that came back from elsewhere. Where a check fails, the program traps.
@Suite("Isolation of callers", .timeLimit(.minutes(5))) struct CallerIsolationTests {
  static let scenes: [Scene] = [true, false].flatMap { suspends in
    [.never, .always].map { Scene(lending: $0, suspends: suspends) }
  }

  @Test("a call stays on the main actor", arguments: Provocation.allCases, scenes)
  func mainActor(_ provocation: Provocation, _ scene: Scene) async throws {
    try await withSystemClock {
      let (error, expected) = try await scene.play(provocation) { server, timeout, demand in
        await Self.callFromMainActor(server, timeout, demand)
      }
      #expect(error == expected)
    }
  }

  @Test("a call stays on an actor", arguments: Provocation.allCases, scenes)
  func customActor(_ provocation: Provocation, _ scene: Scene) async throws {
    try await withSystemClock {
      let observer = Observer()
      let (error, expected) = try await scene.play(provocation) { server, timeout, demand in
        await observer.call(server, timeout, demand)
      }
      #expect(error == expected)
      #expect(await observer.requests > 0 || provocation == .cancelledBefore)
    }
  }

  @Test("everything else that waits stays on the main actor", arguments: scenes) @MainActor
  func otherWaits(_ scene: Scene) async throws {
    try await withSystemClock {
      await leaveActor()
      let server = try await Provoker.start(scene.suspends, name: "other", options: scene.options)
      MainActor.preconditionIsolated()
      await leaveActor()
      #expect(try await server.sendRequest { .answer($0) }.value() == 42)
      MainActor.preconditionIsolated()
      await leaveActor()
      await #expect(throws: CallError.timeout()) {
        MainActor.preconditionIsolated()
        do {
          _ = try await server.sendRequest { .hold($0) }.value(timeout: .milliseconds(1))
        } catch {
          MainActor.preconditionIsolated()
          throw error
        }
      }
      await leaveActor()
      do {
        _ = try await Provoker.start(scene.suspends, name: "other")
        Issue.record("two servers have one name")
      } catch {
        MainActor.preconditionIsolated()
      }
      await leaveActor()
      try await withServer(Provoker.self, scene.suspends) { inner async throws in
        MainActor.preconditionIsolated()
        await leaveActor()
        #expect(try await inner.call { .answer($0) } == 42)
        MainActor.preconditionIsolated()
      }
      MainActor.preconditionIsolated()
      await leaveActor()
      let gate = Gate()
      try await server.cast(.wait(gate), whenFull: .wait)
      MainActor.preconditionIsolated()
      gate.open()
      await leaveActor()
      try await server.stop()
      MainActor.preconditionIsolated()
      await leaveActor()
      do {
        try await server.stop()
        Issue.record("a server was stopped twice")
      } catch {
        MainActor.preconditionIsolated()
      }
      await leaveActor()
      #expect(await server.waitForExit() == .normal)
      MainActor.preconditionIsolated()
    }
    MainActor.preconditionIsolated()
  }

  @MainActor private static func callFromMainActor(
    _ server: ServerRef<Provoker>, _ timeout: Timeout, _ demand: Scene.Demand
  ) async -> CallError? {
    await leaveActor()
    do throws(CallError) {
      let answer = try await server.call(timeout: timeout) { client in
        MainActor.preconditionIsolated()
        return demand.request(client)
      }
      MainActor.preconditionIsolated()
      #expect(answer == 42)
      return nil
    } catch {
      MainActor.preconditionIsolated()
      return error
    }
  }
}

private actor Observer {
  /// Touched by the closures of calls: they run here, or this does not count right.
  private(set) var requests = 0

  func call(_ server: ServerRef<Provoker>, _ timeout: Timeout, _ demand: Scene.Demand) async -> CallError? {
    await leaveActor()
    do throws(CallError) {
      let answer = try await server.call(timeout: timeout) { client in
        preconditionIsolated()
        requests += 1
        return demand.request(client)
      }
      preconditionIsolated()
      #expect(answer == 42)
      return nil
    } catch {
      preconditionIsolated()
      return error
    }
  }
}
