import ArgumentParser
import Foundation

/// Random servers and clients on the real scheduler, round after round, until the time is up or a promise is broken.
@main
struct Soak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Lets random servers and clients work for a while, and checks that every promise is kept.",
    discussion: "The same seed gives the same mix of work, but not the same order of events.")

  @Option(help: "How long to go on.")
  var seconds = 60

  @Option(help: "What decides the work; drawn and printed unless given.")
  var seed: UInt64?

  @Option(help: "How many workers a round begins with.")
  var servers = 40

  @Option(help: "Do the work of this round of the seed again and again.")
  var round: Int?

  @Flag(help: "Do not fail when memory grows, as it does under a sanitizer.")
  var ignoreMemory = false

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds takes at least 1.") }
    guard servers > 1 else { throw ValidationError("--servers takes at least 2.") }
  }

  func run() async throws {
    let seed = seed ?? .random(in: 0..<1_000_000_000)
    print("soak: seed \(seed), \(seconds) s, \(servers) servers")
    let totals = Totals()
    let watchdog = Watchdog(limit: .seconds(30))
    var memory = ResidentMemory()
    let began = ContinuousClock.now
    var said = began
    var number = 0
    while .now - began < .seconds(seconds) {
      number += 1
      let plan = RoundPlan(number: round ?? number, seed: seed)
      Violation.place.withLock { $0.text = "round \(plan.number) of seed \(seed)" }
      var run = RoundRun(plan, servers: servers, totals: totals, watchdog: watchdog)
      await run.run()
      if let growth = memory.read(), !ignoreMemory { Violation.end(growth) }
      if .now - said >= .seconds(10) {
        said = .now
        print("\((said - began).components.seconds) s: \(totals.line), \(ResidentMemory.text(memory.last))")
        // Into a file or a pipe it would come at the end only.
        fflush(nil)
      }
    }
    print(totals.summary)
    print(
      "resident memory: \(ResidentMemory.text(memory.first)) after the first rounds,",
      "\(ResidentMemory.text(memory.last)) at the end")
    print("soak: every promise was kept")
  }
}
