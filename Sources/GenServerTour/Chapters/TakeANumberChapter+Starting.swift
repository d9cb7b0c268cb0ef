import GenServerKit
import GenServerTesting

extension TakeANumberChapter {
  struct StartingOutcome {
    var exitOfLinked: ExitReason?
    var exitOfUnlinked: Exit?
    var outsideOfProcess: StartError?
    var named: ServerRef<Shop>?
    var first: PID?
    var secondOfName: StartError?
    var tooLate: StartError?
    var whileOpening: String?
    var afterOpening: String?
    var refused: StartError?
  }

  static func starting(_ tour: Narrator) async throws -> StartingOutcome {
    var outcome = StartingOutcome()
    outcome.outsideOfProcess = try await tour.failure(StartError.self, "Shop.startLink(.atOnce)") {
      try await Shop.startLink(.atOnce)
    }
    try await links(tour, &outcome)
    try await options(tour, &outcome)
    try await waiting(tour, &outcome)
    let call = #"Shop.start(.never(.shutdownBecause("no licence")))"#
    outcome.refused = try await tour.failure(StartError.self, call) {
      try await Shop.start(.never(.shutdownBecause("no licence")))
    }
    return outcome
  }

  /// A link tells the starter of an end, or ends it too.
  private static func links(_ tour: Narrator, _ outcome: inout StartingOutcome) async throws {
    (outcome.exitOfLinked, outcome.exitOfUnlinked) = try await withProcess { process async throws in
      tour.show("process.trapExits()", process.trapExits())
      let own = tour.show("Shop.startLink(.atOnce)", try await Shop.startLink(.atOnce))
      tour.show(#"own.close(.shutdownBecause("fire"))"#, own.close(.shutdownBecause("fire")))
      let exit = try await process.receive(Exit.self)
      tour.show("process.receive(Exit.self).reason", exit.reason)

      let other = tour.show("Shop.start(.atOnce)", try await Shop.start(.atOnce))
      tour.show(#"other.close(.shutdownBecause("fire"))"#, other.close(.shutdownBecause("fire")))
      tour.show("other.waitForExit()", await other.waitForExit())
      let none = try await process.receive(Exit.self, timeout: .milliseconds(0))
      tour.show("process.receive(Exit.self, timeout: .milliseconds(0))", none)
      return (exit.reason, none)
    }
  }

  private static func options(_ tour: Narrator, _ outcome: inout StartingOutcome) async throws {
    let shop = tour.show(
      #"Shop.start(.atOnce, name: "corner", options: [.mailbox(limit: 10)])"#,
      try await Shop.start(.atOnce, name: "corner", options: [.mailbox(limit: 10)]))
    outcome.first = shop.pid
    outcome.named = tour.show(#"Shop.whereis("corner")"#, Shop.whereis("corner"))
    outcome.secondOfName = try await tour.failure(StartError.self, #"Shop.start(.atOnce, name: "corner")"#) {
      try await Shop.start(.atOnce, name: "corner")
    }
  }

  /// A start returns when `initialize` has.
  private static func waiting(_ tour: Narrator, _ outcome: inout StartingOutcome) async throws {
    let gate = try await Gate.start()
    let call = "Shop.start(.when(gate), timeout: .milliseconds(50))"
    outcome.tooLate = try await tour.failure(StartError.self, call) {
      try await Shop.start(.when(gate), timeout: .milliseconds(50))
    }

    let lateGate = try await Gate.start()
    (outcome.whileOpening, outcome.afterOpening) = try await withProcess { process async throws in
      let starter = process.pid
      spawn { _ in
        _ = try await Shop.start(.when(lateGate))
        starter.send("the shop is open")
      }
      tour.show("spawn { Shop.start(.when(gate)), then tell }", ())
      tour.show("gate.arrival()", try await lateGate.arrival())
      let before = try await process.receive(String.self, timeout: .milliseconds(0))
      tour.show("process.receive(String.self, timeout: .milliseconds(0))", before)
      tour.show("gate.open()", lateGate.open())
      let after = try await process.receive(String.self)
      tour.show("process.receive(String.self)", after)
      return (before, after)
    }
  }
}
