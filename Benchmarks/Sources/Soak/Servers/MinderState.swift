import GenServerKit

/// What a minder has open, each thing under a number of its own.
struct MinderState<Server: Minder> {
  private let round: Round
  private var random: SeededGenerator
  private let token: Token
  private var lastNumber = 0
  private var acting: TimerReference?

  private var watches: [Int: (monitor: Monitor, pid: PID)] = [:]
  private var timers: [Int: TimerReference] = [:]
  private var tickers: [Int: TimerReference] = [:]
  /// Cancelled; what was sent before may still lie in the mailbox.
  private var endingTickers: Set<Int> = []
  /// After what lay in the mailbox one more tick may come, which was just on its way.
  private var endedTickers: [Int: Int] = [:]
  private var requests: [Int: RequestReference] = [:]

  private var whoWaits: ReplyTo<Void>?

  init(_ round: Round, _ random: SeededGenerator, _ context: ServerContext<Server>) {
    self.round = round
    self.random = random
    token = Token(round.states)
    acting = context.send(.act, every: .microseconds(500))
  }

  mutating func finish(_ client: ReplyTo<Void>) {
    acting?.cancel()
    acting = nil
    for timer in tickers.values { timer.cancel() }
    tickers = [:]
    whoWaits = client
    answerWhenDone()
  }

  private mutating func answerWhenDone() {
    guard watches.isEmpty, timers.isEmpty, requests.isEmpty else { return }
    whoWaits.take()?.reply()
  }

  mutating func handle(_ info: MinderInfo, _ context: ServerContext<Server>) {
    switch info {
    case .act: if whoWaits == nil, !round.isOver { act(context) }
    case .down(let number, let down):
      guard let watch = watches.removeValue(forKey: number) else {
        Violation.end("a second end, or one after demonitor, of \(down.pid) came to \(context.pid)")
      }
      require(watch.monitor == down.monitor && watch.pid == down.pid, "watch \(watch) brought \(down)")
      round.totals.downs.add()
    case .timer(let number):
      require(timers.removeValue(forKey: number) != nil, "a timer came twice, or after it was cancelled in time")
      round.totals.timers.add()
    case .tick(let number):
      if let left = endedTickers[number] {
        require(left > 0, "a ticker that was cancelled goes on")
        endedTickers[number] = left - 1
      }
      round.totals.timers.add()
    case .ticksEnd(let number):
      if endingTickers.remove(number) != nil { endedTickers[number] = 1 }
    case .answered(let number, let tag, let result):
      let isOpen = requests.removeValue(forKey: number) != nil
      require(isOpen, "a request brought two messages, or one after it was cancelled")
      if case .success(let answer) = result {
        require(answer.tag == tag, "request \(tag) got the answer to \(answer.tag)")
      }
    }
    answerWhenDone()
  }

  private mutating func act(_ context: ServerContext<Server>) {
    lastNumber += 1
    let number = lastNumber
    switch random.below(10) {
    case 0, 1:
      guard watches.count < 100, let pid = round.population.pick(using: &random)?.address.pid else { return }
      watches[number] = (context.monitor(pid) { .down(number, $0) }, pid)
    case 2:
      guard let (number, watch) = watches.randomElement(using: &random) else { return }
      context.demonitor(watch.monitor)
      watches[number] = nil
    case 3, 4:
      timers[number] = context.send(.timer(number), after: .microseconds(random.below(5_000)))
    case 5:
      guard let (number, timer) = timers.randomElement(using: &random) else { return }
      // Else its message is on its way, and has to come.
      if timer.cancel() != nil {
        timers[number] = nil
        round.totals.cancelledTimers.add()
      }
    case 6:
      if tickers.count < 3 {
        tickers[number] = context.send(.tick(number), every: .microseconds(300 + random.below(2_000)))
      } else if let (number, timer) = tickers.randomElement(using: &random) {
        timer.cancel()
        tickers[number] = nil
        endingTickers.insert(number)
        context.me.send(.ticksEnd(number))
      }
    case 7, 8: request(number, context)
    default:
      guard let (number, request) = requests.randomElement(using: &random) else { return }
      request.cancel()
      requests[number] = nil
    }
  }

  private mutating func request(_ number: Int, _ context: ServerContext<Server>) {
    guard requests.count < 100, let life = round.population.pick(using: &random) else { return }
    let tag = Tag(sender: -1_000_000, sequence: number)
    let kinds: [Job.Kind] = [
      .answer, .answerFromTask, .answerLater(.milliseconds(1)), .drop, .dwell(.microseconds(300)),
    ]
    let job = Job(tag: tag, kind: kinds[random.below(kinds.count)], parcel: Token(round.parcels))
    let timeout: Timeout = random.oneIn(3) ? .milliseconds(random.below(3)) : .seconds(5)
    let message: @Sendable (Result<Answer, CallError>) -> MinderInfo = { .answered(number, tag, $0) }
    requests[number] =
      switch life.address {
      case .plain(let worker): context.request(worker, timeout: timeout, as: message) { .job(job, $0) }
      case .awaiting(let worker): context.request(worker, timeout: timeout, as: message) { .job(job, $0) }
      }
    round.totals.requests.add()
  }
}
