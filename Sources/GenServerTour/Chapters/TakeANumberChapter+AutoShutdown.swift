import GenServerKit
import GenServerTesting

extension TakeANumberChapter {
  private typealias MachineRef = ServerRef<TakeANumberDeluxe>

  /// How a machine that stops after 50 ms ended after something was done with it at 40 ms.
  struct AutoShutdown {
    let activity: String
    let isAliveLater: Bool
    /// Nil if it did not end.
    let reason: ExitReason?
  }

  /// A message that the machine knows nothing of.
  struct Hello: Equatable, Sendable {
    let name: String
  }

  struct AutoShutdownOutcome {
    var shutdowns: [AutoShutdown] = []
    var beforeHello: Machine?
    var afterHello: Machine?
    var logged = 0
  }

  static func autoShutdown(_ tour: Narrator) async throws -> AutoShutdownOutcome {
    try await withTestRuntime { test in
      var outcome = AutoShutdownOutcome()

      func shutsDown(after activity: String, _ act: ((MachineRef) async throws -> any Sendable)?) async throws {
        let machine = try await TakeANumberDeluxe.start(
          .init(minimum: 1, maximum: 2, autoShutdown: .milliseconds(50)))
        if let act {
          await test.clock.advance(by: .milliseconds(40))
          tour.show(activity, try await act(machine))
        } else {
          tour.show(activity, machine)
        }
        await test.clock.advance(by: .milliseconds(40))
        let isAlive = tour.show("machine.isAlive, 40 ms later", machine.isAlive)
        await test.clock.advance(by: .milliseconds(10))
        let reason = machine.isAlive ? nil : await machine.waitForExit()
        tour.show("machine.waitForExit(), 50 ms later", reason)
        outcome.shutdowns.append(AutoShutdown(activity: activity, isAliveLater: isAlive, reason: reason))
      }

      try await shutsDown(after: "TakeANumberDeluxe.start(…)", nil)
      try await shutsDown(after: "machine.report()") { try await $0.report() }
      try await shutsDown(after: "machine.queueNewNumber()") { try await $0.queueNewNumber() }
      try await shutsDown(after: "machine.queueNewNumber(), the third") {
        _ = try await ($0.queueNewNumber(), $0.queueNewNumber())
        return try await $0.queueNewNumber()
      }
      try await shutsDown(after: "machine.serveNext(), one queued") {
        _ = try await $0.queueNewNumber()
        return try await $0.serveNext()
      }
      try await shutsDown(after: "machine.serveNext(), none queued") { try await $0.serveNext() }
      try await shutsDown(after: "machine.reset()") { $0.reset() }
      try await shutsDown(after: #"machine.pid?.send(Hello(name: "there"))"#) { $0.pid?.send(Hello(name: "there")) }

      let machine = try await TakeANumberDeluxe.start(.init(minimum: 1, maximum: 2))
      tour.show("machine.queueNewNumber()", try await machine.queueNewNumber())
      outcome.beforeHello = tour.show("machine.report()", try await machine.report())
      tour.show(#"machine.pid?.send(Hello(name: "there"))"#, machine.pid?.send(Hello(name: "there")))
      outcome.afterHello = tour.show("machine.report()", try await machine.report())
      outcome.logged = tour.show("logs.entries.count", test.logs.entries.count)
      return outcome
    }
  }
}
