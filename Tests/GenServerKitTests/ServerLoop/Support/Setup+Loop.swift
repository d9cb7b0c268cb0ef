import GenServerKit
import Testing

extension Setup {
  /// Starts a loop server, under the name in any case. One that can earn lending has earned it.
  func startLoop(
    _ plan: LoopPlan = LoopPlan(), name: String = "loop", options: [StartOption] = []
  ) async throws -> RunningLoop {
    var plan = plan
    plan.suspends = form == .suspending
    return form == .plain
      ? try await startLoop(PlainLoopServer.self, plan, name, options)
      : try await startLoop(AsyncLoopServer.self, plan, name, options)
  }

  private func startLoop<Server: LoopServer>(
    _: Server.Type, _ plan: LoopPlan, _ name: String, _ options: [StartOption]
  ) async throws -> RunningLoop {
    if lending == .whenFast { try await earnLending(Server.self) }
    let name: ProcessName<Server> = address.name(name)
    let started = try await Server.start(plan, name: name, options: options + [.callsInPlace(lending)])
    let pid = try #require(started.pid)
    return RunningLoop(pid: pid, address: address == .pid ? started : Server.named(name))
  }

  /// With another process of the type: what the test starts has handled nothing yet.
  private func earnLending<Server: LoopServer>(_: Server.Type) async throws {
    let pacemaker = try await Server.start(LoopPlan())
    for _ in 1...5 { _ = try await pacemaker.ask { .notes($0) } }
    try await pacemaker.stop()
  }

  /// Who holds the name.
  func loopHolder(of name: String) -> PID? {
    form == .plain
      ? PlainLoopServer.whereis(address.name(name))?.pid : AsyncLoopServer.whereis(address.name(name))?.pid
  }
}
