import Testing

@testable import GenServerKit

/// What two to four threads and the scheduler's do to one process, in every order.
@Suite("The run right in every order")
struct RunRightExplorerTests {
  /// Some threads, and what the process is like when they begin.
  struct Scenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let lends: Bool
    /// For the idle timer.
    let isTimerArmed: Bool
    let programs: @Sendable (RunRightPrograms) -> [Program<RunRightModel>]

    init(
      _ text: String, lends: Bool = true, isTimerArmed: Bool = false,
      _ programs: @escaping @Sendable (RunRightPrograms) -> [Program<RunRightModel>]
    ) {
      testDescription = text
      self.lends = lends
      self.isTimerArmed = isTimerArmed
      self.programs = programs
    }

    func explore(_ fault: RunRightFault? = nil) -> Explorer<RunRightModel>.Result {
      let programs = programs(RunRightPrograms(fault: fault))
      var model = RunRightModel(threads: programs.count, lends: lends)
      model.isTimerArmed = isTimerArmed
      return Explorer(programs, check: { try $0.check() }, checkEnd: { try $0.checkEnd() }).explore(from: model)
    }
  }

  private static func worker(_ programs: RunRightPrograms, _ name: String = "worker") -> Program<RunRightModel> {
    Program(name, isService: true, programs.working())
  }

  static let calls = Scenario("two callers and a sender") {
    [
      Program("caller", $0.calling()), Program("another caller", $0.calling()), Program("sender", $0.casting()),
      worker($0),
    ]
  }

  static let ownCast = Scenario("two who cast and then call, two workers") {
    [
      Program("one", $0.casting() + $0.calling()), Program("two", $0.casting() + $0.calling()),
      worker($0), worker($0, "another worker"),
    ]
  }

  static let unlent = Scenario("a caller and a sender of a process that does not lend", lends: false) {
    [Program("caller", $0.casting() + $0.calling()), Program("sender", $0.casting()), worker($0)]
  }

  static let exit = Scenario("an exit signal between callers") {
    [
      Program("caller", $0.calling()), Program("another caller", $0.casting() + $0.calling()),
      Program("killer", $0.exiting()), worker($0),
    ]
  }

  static let twoExits = Scenario("two exit signals and a sender") {
    [
      Program("killer", $0.exiting()), Program("another killer", $0.exiting()), Program("sender", $0.casting()),
      worker($0), worker($0, "another worker"),
    ]
  }

  static let stop = Scenario("a stop between callers") {
    [
      Program("caller", $0.calling()), Program("another caller", $0.casting() + $0.calling()),
      Program("stopper", $0.stopping()), worker($0),
    ]
  }

  static let stopAndExit = Scenario("a stop and an exit signal", lends: false) {
    [
      Program("caller", $0.calling()), Program("stopper", $0.stopping()), Program("killer", $0.exiting()),
      worker($0),
    ]
  }

  static let lastAnswer = Scenario("an answer that is the last, and an exit signal", lends: false) {
    [Program("caller", $0.callingLast()), Program("killer", $0.exiting()), worker($0)]
  }

  static let suspension = Scenario("suspended and resumed between calls") {
    [
      Program("caller", $0.casting() + $0.calling()),
      Program("operator", $0.posting(.suspend) + $0.posting(.resume)), worker($0),
    ]
  }

  static let leave = Scenario("suspended and resumed between calls that the scheduler lets go ahead", lends: false) {
    [
      Program("caller", $0.casting() + $0.callingByLeave()),
      Program("operator", $0.posting(.suspend) + $0.posting(.resume)), worker($0),
    ]
  }

  static let endOfSuspended = Scenario("a suspended process is stopped") {
    [
      Program("caller", $0.calling()), Program("operator", $0.posting(.suspend) + $0.stopping()), worker($0),
    ]
  }

  static let activation = Scenario("an async handler that begins on a caller's thread") {
    [
      Program("caller", $0.calling(startsActivation: true)), Program("another caller", $0.calling()),
      Program("killer", $0.exiting()), worker($0), Program("activation", isService: true, $0.activating()),
    ]
  }

  static let hibernation = Scenario("a timer that looks for idleness", isTimerArmed: true) {
    [
      Program("caller", $0.casting() + $0.calling()), Program("another caller", $0.calling()),
      Program("timer", $0.noticing(looks: 2)), worker($0),
    ]
  }

  static let endOfHibernating = Scenario("a process that hibernates is told to exit", isTimerArmed: true) {
    [
      Program("caller", $0.calling()), Program("killer", $0.exiting()),
      Program("timer", $0.noticing(looks: 2)), worker($0),
    ]
  }

  static let scenarios = [
    calls, ownCast, unlent, exit, twoExits, stop, stopAndExit, lastAnswer, suspension, leave, endOfSuspended,
    activation,
    hibernation,
    endOfHibernating,
  ]

  @Test("every promise holds in every state, and every step is made in some order")
  func explore() {
    var steps: Set<String> = []
    var taken: Set<String> = []
    for scenario in Self.scenarios {
      let result = scenario.explore()
      print("The run right, \(scenario.testDescription): \(result.states) states")
      #expect(result.counterexample == nil, "\(scenario.testDescription)")
      steps.formUnion(result.steps)
      taken.formUnion(result.taken)
    }
    // A step that one scenario has no use for is made in another.
    #expect(steps.subtracting(taken) == [])
  }

  /// A fault, who has to meet for it to show, and what it breaks.
  struct Planted: Sendable, CustomTestStringConvertible {
    let fault: RunRightFault
    let scenario: Scenario
    let breaks: Violation.Kind

    var testDescription: String { "\(fault)" }
  }

  static let planted = RunRightFault.allCases.map { fault in
    switch fault {
    case .givingBackStores: Planted(fault: fault, scenario: calls, breaks: .lostWakeUp)
    case .lettingGoStores: Planted(fault: fault, scenario: unlent, breaks: .lostWakeUp)
    case .hibernatingStores: Planted(fault: fault, scenario: hibernation, breaks: .lostWakeUp)
    case .noticingStores: Planted(fault: fault, scenario: hibernation, breaks: .twoHolders)
    case .tellingOutsideLock: Planted(fault: fault, scenario: ownCast, breaks: .overtaking)
    case .clearingAfterLook: Planted(fault: fault, scenario: unlent, breaks: .lostWakeUp)
    case .messageDoesNotTake: Planted(fault: fault, scenario: unlent, breaks: .lostWakeUp)
    case .exitDoesNotTake: Planted(fault: fault, scenario: twoExits, breaks: .lostWakeUp)
    case .exitStores: Planted(fault: fault, scenario: exit, breaks: .twoHolders)
    case .messageTakesTwice: Planted(fault: fault, scenario: unlent, breaks: .twoHolders)
    case .systemRequestTakesLast: Planted(fault: fault, scenario: suspension, breaks: .lostWakeUp)
    case .borrowingUnlent: Planted(fault: fault, scenario: suspension, breaks: .runsSuspended)
    case .runningSuspended: Planted(fault: fault, scenario: leave, breaks: .runsSuspended)
    case .lendingWhileSuspended: Planted(fault: fault, scenario: suspension, breaks: .runsSuspended)
    case .lenderGivesBackTwice: Planted(fault: fault, scenario: activation, breaks: .twoHolders)
    case .lettingGoAfterEnd: Planted(fault: fault, scenario: stop, breaks: .useAfterEnd)
    case .answeringBeforeClosing: Planted(fault: fault, scenario: lastAnswer, breaks: .wrongOutcome)
    case .closingLate: Planted(fault: fault, scenario: stop, breaks: .leftOver)
    case .endingMarkLate: Planted(fault: fault, scenario: stop, breaks: .wrongOutcome)
    case .overLate: Planted(fault: fault, scenario: stop, breaks: .deadlock)
    }
  }

  @Test("a planted fault is found, with the way to it", arguments: planted)
  func fault(planted: Planted) throws {
    let result = planted.scenario.explore(planted.fault)
    let found = try #require(result.counterexample, "not found in \(result.states) states")
    #expect(found.kind == planted.breaks, "\(found)")
    #expect(found.trace.count > 1)
  }
}
