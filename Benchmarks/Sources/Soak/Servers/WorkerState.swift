import GenServerKit

/// The state of a worker of either kind, and what it does that needs no waiting.
struct WorkerState<Server: Worker> {
  let life: Int
  let round: Round
  /// Shows that the state is let go with the process, and that one handler runs at a time.
  let token: Token
  private let named: NameHold?
  private var lastSequence: [Int: Int] = [:]
  private(set) var tally: Tally
  /// A step that has to come before any message.
  private var awaitsContinue: Tag?

  init(_ argument: WorkerArgument, _ context: ServerContext<Server>) {
    round = argument.round
    token = Token(round.states)
    named = argument.named.map { NameHold($0, in: argument.round.nameRoster) }
    life = round.population.enter(Server.address(context.me), argument.traits)
    tally = Tally(life: life)
    context.label = life
    round.totals.starts.add()
  }

  /// By each handler before anything else.
  mutating func begin() {
    require(token.begin(), "two handlers of life \(life) ran at once")
    require(awaitsContinue == nil, "a message came before the continue of life \(life)")
  }

  func finish() { token.finish() }

  private mutating func admit(_ tag: Tag) {
    guard tag.isOrdered else { return }
    let last = lastSequence[tag.sender, default: -1]
    require(
      tag.sequence > last,
      "life \(life) handled message \(tag.sequence) of sender \(tag.sender) after message \(last)")
    lastSequence[tag.sender] = tag.sequence
  }

  /// What comes before any wait of an async handler.
  mutating func accept(_ job: Job) { admit(job.tag) }

  mutating func accept(_ letter: Letter) {
    admit(letter.tag)
    if letter.isOwed { tally.handled[letter.tag.sender, default: 0] += 1 }
  }

  mutating func outcome(
    of job: Job, for client: ReplyTo<Answer>, _ context: ServerContext<Server>
  ) throws -> WorkerOutcome {
    let answer = Answer(tag: job.tag, life: life)
    switch job.kind {
    case .answer, .dwell, .forward: return .answer(answer, client)
    case .answerFromHandle:
      client.reply(answer)
      return .goOn
    case .answerFromTask:
      Task { client.reply(answer) }
      return .goOn
    case .answerLater(let delay):
      context.send(.answer(answer, client), after: delay)
      return .goOn
    case .drop: return .goOn
    case .answerThenContinue:
      awaitsContinue = job.tag
      return .answerThenContinue(answer, client)
    case .answerThenHibernate: return .answerThenHibernate(answer, client)
    case .crash:
      round.totals.crashes.add()
      throw Crash(tag: job.tag)
    case .stop: return .stopWithAnswer(answer, client)
    }
  }

  mutating func outcome(of letter: Letter) throws -> WorkerOutcome {
    switch letter.kind {
    case .count, .dwell: return .goOn
    case .idle: return .idle
    case .continue:
      awaitsContinue = letter.tag
      return .continue(letter.tag)
    case .crash:
      round.totals.crashes.add()
      throw Crash(tag: letter.tag)
    case .stop: return .stop
    }
  }

  mutating func outcome(ofContinue tag: Tag) {
    require(token.begin(), "a continue of life \(life) ran beside another handler")
    require(awaitsContinue == tag, "the continue \(tag) of life \(life) came, not \(awaitsContinue as Any)")
    awaitsContinue = nil
    token.finish()
  }
}
