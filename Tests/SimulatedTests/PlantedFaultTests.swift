import GenServerKit
import GenServerTesting
import Testing

/// What a simulation is for: each planted fault is found by the property that it breaks.
@Suite("Planted faults", .timeLimit(.minutes(10))) struct PlantedFaultTests {
  private static func property(for fault: PlantedFault) -> (Simulation) async throws -> Void {
    switch fault {
    case .lostWakeUp: SuspendProperty.holds
    case .sleepingQueue: SleepingQueueProperty.holds
    case .lateAnswer: RequestProperty.holds
    case .overtaking: OrderProperty.holds
    case .downBeforeName: NameProperty.holds
    case .linkOutlivesUnlink: SignalProperty.holds
    case .timerAfterCancel: TimerProperty.holds
    }
  }

  /// The first seed that finds it.
  private static func firstSeed(for fault: PlantedFault) -> UInt64 {
    switch fault {
    case .lostWakeUp, .sleepingQueue: 1
    case .lateAnswer, .overtaking, .downBeforeName, .timerAfterCancel: 0
    case .linkOutlivesUnlink: 15
    }
  }

  private static var canPlant: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  @Test(
    "Each is found, and by the seed that is said to find it",
    .enabled(if: canPlant, "builds for release have no planted faults"), arguments: PlantedFault.allCases)
  func isFound(_ fault: PlantedFault) async throws {
    let failure = await #expect(throws: SimulationFailure.self) {
      try await simulate(seeds: 0..<100, planting: fault, Self.property(for: fault))
    }
    let underlying = try #require(failure).underlying
    if fault == .lostWakeUp, case .deadlock? = underlying as? SimulationError {
      // Nobody comes to the messages any more.
    } else {
      #expect(underlying is Broken)
    }
    #expect(failure?.seed == Self.firstSeed(for: fault), "the guide to simulation has a table of these seeds")
  }

  @Test("Without it none fails", arguments: PlantedFault.allCases)
  func isNotThere(_ fault: PlantedFault) async throws {
    try await simulate(seeds: 0..<100, planting: nil, Self.property(for: fault))
  }
}

/// A server that casts to itself while a caller runs it: the cast is handled although nobody calls again.
enum SleepingQueueProperty {
  private struct Echo: GenServer {
    enum Call: Sendable { case say(Int, ReplyTo<Void>) }
    enum Cast: Sendable { case echo(Int) }
    let journal: Journal<Int>

    static func initialize(_ argument: Journal<Int>, context: Context) -> Initial { .ok(Self(journal: argument)) }

    func handleCall(_ call: Call, context: Context) -> Next {
      switch call {
      case .say(let number, let client):
        context.me.cast(.echo(number))
        return .reply(to: client)
      }
    }

    func handleCast(_ cast: Cast, context: Context) -> Next {
      switch cast {
      case .echo(let number): journal.write(number)
      }
      return .noReply
    }
  }

  static func holds(_ simulation: Simulation) async throws {
    let journal = Journal<Int>()
    let echo = try await Echo.start(journal)
    for number in 0..<3 {
      try await echo.call { .say(number, $0) }
      if number == 1 { await simulation.settle() }
    }
    await simulation.settle()
    try check(journal.all == [0, 1, 2], "only \(journal.all) came")
  }
}
