import GenServerKit
import GenServerTesting

extension TakeANumberChapter {
  static func contract(_ tour: Narrator) async throws -> (isAlive: Bool, reason: ExitReason, lights: [Bool]) {
    try await withTestRuntime { _ in
      tour.remark("Stone has `initialize` alone, which no server goes without: else it does not compile")
      let stone = tour.show("Stone.start()", try await Stone.start())
      tour.show(#"stone.pid?.send("anything")"#, stone.pid?.send("anything"))
      let isAlive = tour.show("stone.isAlive", stone.isAlive)
      tour.show("stone.stop()", try await stone.stop())
      let reason = tour.show("stone.waitForExit()", await stone.waitForExit())

      tour.remark("Lamp is an enum; its cast is a Bool, and its call nothing but the handle for the answer")
      let lamp = tour.show("Lamp.start()", try await Lamp.start())
      let before = tour.show("lamp.call { $0 }", try await lamp.call { $0 })
      tour.show("lamp.cast(true)", lamp.cast(true))
      let after = tour.show("lamp.call { $0 }", try await lamp.call { $0 })
      tour.remark("Clients call no callbacks: `lamp.handleCast(true, …)` does not compile, as an address has none")
      return (isAlive, reason, [before, after])
    }
  }
}
