import GenServerKit

/// Sends many calls at once to a worker whose mailbox has a bound, and gives them up again: nothing of them may stay.
struct Quitter {
  private static let patience = Timeout.seconds(20)
  private static let crowd = 40

  private let round: Round
  private var random: SeededGenerator
  /// What lies in the messages of the last crowd.
  private let parcels = TokenCount()

  /// Until the round is over.
  @concurrent static func run(_ round: Round, _ random: SeededGenerator) async {
    var quitter = Self(round: round, random: random)
    while !round.isOver { await quitter.step() }
  }

  private init(round: Round, random: SeededGenerator) {
    self.round = round
    self.random = random
  }

  private mutating func step() async {
    guard let life = round.population.pick(using: &random, where: { $0.traits.whenFull != nil }) else {
      return await Task.yield()
    }
    await withTaskGroup(of: Void.self) { [round, parcels] group in
      for number in 0..<Self.crowd {
        let kind: Job.Kind = number == 0 ? .dwell(.milliseconds(2)) : .answer
        let job = Job(tag: Tag(sender: -7, sequence: number), kind: kind, parcel: Token(parcels))
        let timeout = Timeout.after(.microseconds(random.below(1_500)))
        let isCancelled = random.oneIn(4)
        group.addTask {
          let call = Task { await Self.call(life, job, timeout) }
          if isCancelled { call.cancel() }
          let result = await call.value
          CallCheck(round: round, life: life, job: job, isShort: true, isCancelled: isCancelled).check(result)
          switch result {
          case .failure(.timeout), .failure(.cancelled): round.totals.givenUp.add()
          default: break
          }
        }
      }
    }
    await expectNothingLeft(of: life)
  }

  private static func call(_ life: Life, _ job: Job, _ timeout: Timeout) async -> Result<Answer, CallError> {
    do throws(CallError) {
      return .success(try await life.address.call(job, timeout: timeout))
    } catch {
      return .failure(error)
    }
  }

  /// The server need not have come to them: it is enough that it answers somebody who comes later, or has ended.
  private func expectNothingLeft(of life: Life) async {
    let job = Job(tag: Tag(sender: -7, sequence: Self.crowd), kind: .answer, parcel: Token(round.parcels))
    let result = await Self.call(life, job, Self.patience)
    CallCheck(round: round, life: life, job: job, isShort: false).check(result)
    // One that is turned away has not been behind them.
    if case .failure(.overloaded) = result { return }
    // Who handled the last of them may hold it for a moment.
    let deadline = ContinuousClock.now + .seconds(5)
    while parcels.now > 0, .now < deadline { try? await Task.sleep(for: .microseconds(100)) }
    require(parcels.now == 0, "\(parcels.now) calls to life \(life) were given up, and their messages are there")
  }
}
