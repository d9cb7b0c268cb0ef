import GenServerKit

/// Calls workers: with and without short time limits, in tasks that are cancelled, many at once.
struct Caller {
  /// Far longer than anything takes here: a call that reaches it is lost.
  private static let patience = Timeout.seconds(20)

  private let round: Round
  private var random: SeededGenerator
  private var book: SenderBook

  private init(_ round: Round, _ random: SeededGenerator, sender: Int) {
    self.round = round
    self.random = random
    book = SenderBook(sender: sender)
  }

  /// Until the round is over. Every second one is a process, as whose the calls count.
  @concurrent static func run(_ round: Round, _ random: SeededGenerator, sender: Int) async -> SenderBook {
    var caller = Self(round, random, sender: sender)
    while !round.isOver {
      if sender.isMultiple(of: 2) {
        await withProcess { _ in await caller.step() }
      } else {
        await caller.step()
      }
    }
    return caller.book
  }

  private mutating func step() async {
    switch random.below(10) {
    case 0: await callInCancelledTask()
    case 1: await sendRequests()
    case 2: await callAll()
    case 3, 4: await call(timeout: .microseconds(random.below(3_000)))
    default:
      // In a row, so that servers earn lending.
      guard let life = round.population.pick(using: &random) else { return await Task.yield() }
      for _ in 0..<(1 + random.below(20)) { await call(life, timeout: nil) }
    }
  }

  private mutating func call(timeout: Duration?) async {
    guard let life = round.population.pick(using: &random) else { return await Task.yield() }
    await call(life, timeout: timeout)
  }

  private mutating func call(_ life: Life, timeout: Duration?) async {
    let job = nextJob(for: life)
    let result: Result<Answer, CallError>
    do throws(CallError) {
      result = .success(try await life.address.call(job, timeout: timeout.map { .after($0) } ?? Self.patience))
    } catch {
      result = .failure(error)
    }
    CallCheck(round: round, life: life, job: job, isShort: timeout != nil).check(result)
  }

  private mutating func callInCancelledTask() async {
    guard let life = round.population.pick(using: &random) else { return await Task.yield() }
    let job = nextJob(for: life)
    let task = Task { () -> Result<Answer, CallError> in
      do throws(CallError) {
        return .success(try await life.address.call(job, timeout: Self.patience))
      } catch {
        return .failure(error)
      }
    }
    for _ in 0..<random.below(4) { await Task.yield() }
    if random.oneIn(4) { try? await Task.sleep(for: .microseconds(random.below(1_000))) }
    task.cancel()
    let result = await task.value
    CallCheck(round: round, life: life, job: job, isShort: false, isCancelled: true).check(result)
  }

  private mutating func sendRequests() async {
    var replies = PendingReplies<Int, Answer>()
    var checks: [Int: CallCheck] = [:]
    var kept: [(PendingReply<Answer>, CallCheck)] = []
    for number in 0..<(1 + random.below(8)) {
      guard let life = round.population.pick(using: &random) else { break }
      let job = nextJob(for: life)
      let reply = life.address.sendRequest(job)
      let isCancelled = random.oneIn(8)
      let check = CallCheck(
        round: round, life: life, job: job, isShort: false, waitsForRoom: false, isCancelled: isCancelled)
      if isCancelled { reply.cancel() }
      if random.oneIn(3) {
        kept.append((reply, check))
      } else {
        checks[number] = check
        replies.add(reply, label: number)
      }
    }
    while let (number, reply) = await replies.next(timeout: Self.patience) {
      guard let check = checks.removeValue(forKey: number) else { Violation.end("one request was answered twice") }
      check.check(reply)
    }
    require(checks.isEmpty || round.isAbrupt, "\(checks.count) requests have no outcome: \(checks.values.map(\.job))")
    for (reply, check) in kept {
      do throws(CallError) {
        check.check(.success(try await reply.value(timeout: Self.patience)))
      } catch {
        check.check(.failure(error))
      }
    }
  }

  private mutating func callAll() async {
    let lives = (0..<4).compactMap { _ in round.population.pick(using: &random) { !$0.traits.isAsync } }
    let known = Dictionary(lives.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
    let workers = known.keys.compactMap { address in
      if case .plain(let worker) = address { return worker }
      return nil
    }
    let job = Job(tag: book.nextTag(), kind: .answer, parcel: Token(round.parcels))
    let (replies, failures) = await workers.callAll(timeout: Self.patience) { .job(job, $0) }
    require(replies.count + failures.count == workers.count, "\(workers.count) servers were called, and not all told")
    let outcomes = replies.map { ($0.server, Result<Answer, CallError>.success($0.value)) }
    for (worker, result) in outcomes + failures.map({ ($0.server, .failure($0.error)) }) {
      guard let life = known[.plain(worker)] else { Violation.end("a server answered that was not called") }
      CallCheck(round: round, life: life, job: job, isShort: false, waitsForRoom: false).check(result)
    }
  }

  private mutating func nextJob(for life: Life) -> Job {
    let kind: Job.Kind =
      switch random.below(100) {
      case 0..<8: .answerFromHandle
      case 8..<16: .answerFromTask
      case 16..<24: .answerLater(.microseconds(random.below(2_000)))
      case 24..<28: .drop
      case 28..<34: .dwell(.microseconds(random.below(1_500)))
      case 34..<42: round.population.pick(using: &random).map { .forward($0.address) } ?? .answer
      case 42..<46: .answerThenContinue
      case 46..<48: .answerThenHibernate
      case 48: life.traits.isSteady ? .answer : .crash
      case 49: life.traits.isSteady || !random.oneIn(3) ? .answer : .stop
      default: .answer
      }
    return Job(tag: book.nextTag(), kind: kind, parcel: Token(round.parcels))
  }
}
