import Testing

@testable import GenServerKit

/// What a caller, those who may answer it, and all that ends its wait otherwise do to one answer, in every order.
@Suite("An answer in every order")
struct ReplyExplorerTests {
  /// A thread, and how many references to the node it begins with.
  struct Role {
    let program: Program<ReplyModel>
    let handles: Int

    static func holder(_ name: String, _ steps: [Step<ReplyModel>]) -> Role {
      Role(program: Program(name, steps), handles: 1)
    }

    /// What may happen, and need not.
    static func chance(_ name: String, _ steps: [Step<ReplyModel>]) -> Role {
      Role(program: Program(name, isService: true, steps), handles: 0)
    }

    static var keeper: Role { holder("keeper", []) }
  }

  struct Scenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let roles: @Sendable (ReplyPrograms) -> [Role]

    init(_ text: String, _ roles: @escaping @Sendable (ReplyPrograms) -> [Role]) {
      testDescription = text
      self.roles = roles
    }

    func explore(_ fault: ReplyFault? = nil) -> Explorer<ReplyModel>.Result {
      let roles = roles(ReplyPrograms(fault: fault))
      let explorer = Explorer(
        roles.map { $0.program }, check: { try $0.check() }, checkEnd: { try $0.checkEnd() })
      return explorer.explore(from: ReplyModel(handles: roles.map { $0.handles }))
    }
  }

  static let lentAnswer = Scenario("a lent answer, and a watch by another server") {
    [
      .holder("caller", $0.lending(answers: true)), .holder("watcher", $0.watching(keepsHandle: true)),
    ]
  }

  static let lentRace = Scenario("a lent answer, and another by somebody else") {
    [
      .holder("caller", $0.lending(answers: true)), .holder("replier", $0.replying()),
      .holder("watcher", $0.watching()),
    ]
  }

  static let leftAnswer = Scenario("a lent handler that leaves the answer to two others") {
    [
      .holder("caller", $0.lending(answers: false)), .holder("replier", $0.replying()),
      .holder("another replier", $0.replying()), .chance("timer", $0.timingOut()),
    ]
  }

  static let leftAndDropped = Scenario("a lent handler that leaves a handle, which is dropped") {
    [.holder("caller", $0.lending(answers: false)), .holder("dropper", $0.dropping())]
  }

  static let leftAndKept = Scenario("a lent handler that leaves a handle, which is kept until the time is up") {
    [.holder("caller", $0.lending(answers: false)), .keeper, .chance("timer", $0.timingOut())]
  }

  static let queued = Scenario("a queued request, two answers, and the end of the time") {
    [
      .holder("caller", $0.queueing()), .holder("replier", $0.replying()), .holder("another replier", $0.replying()),
      .chance("timer", $0.timingOut()),
    ]
  }

  static let dropped = Scenario("a queued request with two handles, of which one is answered") {
    [
      .holder("caller", $0.queueing()), .holder("dropper", $0.dropping()), .holder("handler", $0.leavingHandler()),
      .holder("replier", $0.replying()),
    ]
  }

  static let watched = Scenario("a watched caller, its time, and an answer") {
    [
      .holder("caller", $0.queueing()), .holder("watcher", $0.watching(keepsHandle: true)),
      .holder("replier", $0.replying(keepsHandle: true)), .chance("timer", $0.timingOut()),
    ]
  }

  static let watchedInVain = Scenario("a watched caller that gets no answer in time") {
    [
      .holder("caller", $0.queueing()), .holder("watcher", $0.watching(keepsHandle: true)),
      .chance("timer", $0.timingOut()), .chance("task", $0.cancelling()),
    ]
  }

  static let watchedTwice = Scenario("a caller that two servers watch") {
    [
      .holder("caller", $0.lending(answers: true)), .holder("watcher", $0.watching(keepsHandle: true)),
      .holder("another watcher", $0.watching(keepsHandle: true)),
    ]
  }

  static let reopened = Scenario("an answer that is taken back, and another") {
    [
      .holder("caller", $0.queueing()), .holder("thrower", $0.reopening()), .holder("replier", $0.replying()),
      .chance("timer", $0.timingOut()),
    ]
  }

  static let end = Scenario("a request that lies in the mailbox of a process that ends") {
    [.holder("caller", $0.queueing()), .holder("process", $0.dying()), .chance("timer", $0.timingOut())]
  }

  static let endBesideAnswer = Scenario("a process that ends while somebody else answers for it") {
    [.holder("caller", $0.lending(answers: false)), .holder("process", $0.dying()), .holder("replier", $0.replying())]
  }

  static let endWithHandle = Scenario("a process that ends while somebody else keeps a handle") {
    [.holder("caller", $0.queueing()), .holder("process", $0.dying()), .keeper]
  }

  static let scenarios = [
    lentAnswer, lentRace, leftAnswer, leftAndDropped, leftAndKept, queued, dropped, watched, watchedInVain,
    watchedTwice, reopened,
    end, endBesideAnswer, endWithHandle,
  ]

  @Test("every promise holds in every state, and every step is made in some order")
  func explore() {
    var steps: Set<String> = []
    var taken: Set<String> = []
    for scenario in Self.scenarios {
      let result = scenario.explore()
      print("An answer, \(scenario.testDescription): \(result.states) states")
      #expect(result.counterexample == nil, "\(scenario.testDescription)")
      steps.formUnion(result.steps)
      taken.formUnion(result.taken)
    }
    // A step that one scenario has no use for is made in another.
    #expect(steps.subtracting(taken) == [])
  }

  /// A fault, who has to meet for it to show, and what it breaks.
  struct Planted: Sendable, CustomTestStringConvertible {
    let fault: ReplyFault
    let scenario: Scenario
    let breaks: Violation.Kind

    var testDescription: String { "\(fault)" }
  }

  static let planted = ReplyFault.allCases.map { fault in
    switch fault {
    case .loadingThenStoring: Planted(fault: fault, scenario: lentAnswer, breaks: .leftOver)
    case .lenderForgetsWatch: Planted(fault: fault, scenario: lentAnswer, breaks: .leftOver)
    case .markBeforeWatch: Planted(fault: fault, scenario: lentAnswer, breaks: .leftOver)
    case .watchOfAnsweredTells: Planted(fault: fault, scenario: watchedTwice, breaks: .wrongOutcome)
    case .watchAfterTimeout: Planted(fault: fault, scenario: watchedInVain, breaks: .leftOver)
    case .recyclingUnasked: Planted(fault: fault, scenario: lentRace, breaks: .useAfterEnd)
    case .claimingByStore: Planted(fault: fault, scenario: queued, breaks: .doubleOutcome)
    case .publishingByStore: Planted(fault: fault, scenario: leftAnswer, breaks: .lostAnswer)
    case .askingBeforeWaiting: Planted(fault: fault, scenario: leftAnswer, breaks: .lostAnswer)
    case .reopeningByStore: Planted(fault: fault, scenario: reopened, breaks: .lostAnswer)
    case .parkingByStore: Planted(fault: fault, scenario: queued, breaks: .deadlock)
    case .timeoutUnasked: Planted(fault: fault, scenario: queued, breaks: .lostAnswer)
    case .waitingWithReference: Planted(fault: fault, scenario: leftAndDropped, breaks: .deadlock)
    case .observingUnasked: Planted(fault: fault, scenario: endWithHandle, breaks: .deadlock)
    case .losingWhileEnding: Planted(fault: fault, scenario: end, breaks: .wrongOutcome)
    case .forgettingThatHandlerLeft: Planted(fault: fault, scenario: leftAndKept, breaks: .wrongOutcome)
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
