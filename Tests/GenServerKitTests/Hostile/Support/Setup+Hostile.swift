import GenServerKit
import Testing

extension Setup {
  /// The forms of handlers with each lending.
  static let everyLending = all.filter { $0.address == .pid }

  /// For handlers that wait, where threads that know no runtime, and so no names, send to them.
  static let whereHandlersWaitByPID = whereHandlersWait.filter { $0.address == .pid }

  func startRogue(_ plan: RoguePlan, _ census: Census) async throws -> RunningRogue {
    var plan = plan
    plan.suspends = form == .suspending
    return form == .plain
      ? try await startRogue(PlainRogue.self, plan, census) : try await startRogue(AsyncRogue.self, plan, census)
  }

  private func startRogue<Server: Rogue>(
    _: Server.Type, _ plan: RoguePlan, _ census: Census
  ) async throws -> RunningRogue {
    let started = try await Server.start(plan, options: [.callsInPlace(lending)])
    let rogue = RunningRogue(pid: try #require(started.pid), reference: started, census: census)
    if lending == .whenFast {
      for _ in 1...5 { _ = try await rogue.ask(.reply) }
    }
    return rogue
  }
}
