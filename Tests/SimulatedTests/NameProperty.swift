import GenServerKit
import GenServerTesting
import Testing

private struct Holder: GenServer {
  static func initialize(_ argument: Void, context: Context) -> Initial { .ok(Self()) }
}

/// A name has one holder, and is free when anybody hears of its end.
enum NameProperty {
  static func holds(_ simulation: Simulation) async throws {
    let name = ProcessName<Holder>("seat")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          try await withProcess { process in
            for _ in 0..<3 { try await takeTurn(name, process) }
          }
        }
      }
      try await group.waitForAll()
    }
    try check(simulation.runtime.registeredNames.isEmpty, "names are left: \(simulation.runtime.registeredNames)")
  }

  /// Takes the name if it is free, waits for the end of who holds it, and takes it again.
  private static func takeTurn(_ name: ProcessName<Holder>, _ process: RawProcess) async throws {
    let pid: PID?
    switch await start(name) {
    case .success(let server):
      pid = server.pid
      stopLater(server)
    case .failure(.alreadyStarted(let holder)): pid = holder
    case .failure(let error): throw error
    }
    guard let pid else { throw Broken("a server without a pid") }
    let monitor = process.monitor(pid)
    let down = try await process.receive(Down.self) { $0.monitor == monitor }
    switch await start(name) {
    case .success(let server): try? await server.stop()
    case .failure(.alreadyStarted(let holder)):
      try check(holder != down.pid, "the name is still held by \(down.pid), which has ended")
    case .failure(let error): throw error
    }
  }

  private static func start(_ name: ProcessName<Holder>) async -> Result<ServerRef<Holder>, StartError> {
    do throws(StartError) { return .success(try await Holder.start(name: name)) } catch { return .failure(error) }
  }

  /// The end comes later, by somebody else.
  private static func stopLater(_ server: ServerRef<Holder>) {
    spawn { _ in try? await server.stop() }
  }
}

@Suite("Names, simulated", .timeLimit(.minutes(10))) struct NamePropertyTests {
  @Test("A name has one holder, and is free when anybody hears of its end")
  func holds() async throws { try await simulate(seeds: Seeds.all, NameProperty.holds) }
}
