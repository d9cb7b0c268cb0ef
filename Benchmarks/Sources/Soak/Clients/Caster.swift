import GenServerKit

/// Floods workers with casts and infos, and keeps account of those that were taken.
struct Caster {
  private static let patience = Timeout.seconds(20)

  private let round: Round
  private var random: SeededGenerator
  private var book: SenderBook

  private init(_ round: Round, _ random: SeededGenerator, sender: Int) {
    self.round = round
    self.random = random
    book = SenderBook(sender: sender)
  }

  /// Until the round is over.
  @concurrent static func run(_ round: Round, _ random: SeededGenerator, sender: Int) async -> SenderBook {
    var caster = Self(round, random, sender: sender)
    while !round.isOver { await caster.step() }
    return caster.book
  }

  private mutating func step() async {
    guard let life = round.population.pick(using: &random) else { return await Task.yield() }
    switch random.below(6) {
    case 0: await castAndWait(life)
    case 1: castAll()
    default: flood(life)
    }
    // An answer shows that the flood is over: no sender gets far ahead of the servers.
    let job = Job(tag: book.nextTag(), kind: .answer, parcel: Token(round.parcels))
    let check = CallCheck(round: round, life: life, job: job, isShort: false)
    do throws(CallError) {
      check.check(.success(try await life.address.call(job, timeout: Self.patience)))
    } catch {
      check.check(.failure(error))
    }
  }

  private mutating func flood(_ life: Life) {
    for _ in 0..<(1 + random.below(random.oneIn(4) ? 500 : 40)) {
      let letter = nextLetter(for: life)
      let delivery = random.oneIn(3) ? life.address.send(letter) : life.address.cast(letter)
      note(delivery, of: life)
      if delivery == .noProcess { return }
    }
  }

  private mutating func note(_ delivery: Delivery, of life: Life) {
    switch delivery {
    case .enqueued:
      book.note(takenBy: life)
      round.totals.casts.add()
    case .refused:
      let canRefuse = life.traits.whenFull == .refuse || life.traits.whenFull == .wait
      require(canRefuse, "life \(life) refused a cast")
    case .dropped: require(life.traits.whenFull == .dropNewest, "life \(life) dropped a cast")
    case .noProcess:
      require(!life.traits.isSteady || round.isAbrupt, "life \(life) is gone")
      round.population.leave(life)
    @unknown default: Violation.end("a cast to life \(life) came to something new: \(delivery)")
    }
  }

  /// Casts that wait for room or insist on an error, some in tasks that are cancelled. What throws was not taken.
  private mutating func castAndWait(_ life: Life) async {
    for _ in 0..<(1 + random.below(20)) {
      let letter = nextLetter(for: life)
      let whenFull: OverflowPolicy = random.oneIn(4) ? .refuse : .wait
      let isShort = random.oneIn(4)
      let timeout = isShort ? Timeout.milliseconds(random.below(3)) : Self.patience
      let isCancelled = random.oneIn(6)
      let result: Result<Void, CallError>
      if isCancelled {
        let task = Task { await Self.cast(letter, to: life, whenFull, timeout) }
        for _ in 0..<random.below(3) { await Task.yield() }
        task.cancel()
        result = await task.value
      } else {
        result = await Self.cast(letter, to: life, whenFull, timeout)
      }
      switch result {
      case .success:
        book.note(takenBy: life)
        round.totals.casts.add()
      case .failure(let error):
        let isAllowed =
          switch error {
          case .timeout: isShort
          case .cancelled: isCancelled
          case .overloaded: whenFull == .refuse && life.traits.whenFull != nil
          case .noProcess, .exit: !life.traits.isSteady
          default: false
          }
        require(isAllowed || round.isAbrupt, "a cast to life \(life) failed: \(error)")
      }
    }
  }

  private static func cast(
    _ letter: Letter, to life: Life, _ whenFull: OverflowPolicy, _ timeout: Timeout
  ) async -> Result<Void, CallError> {
    do throws(CallError) {
      return .success(try await life.address.cast(letter, whenFull: whenFull, timeout: timeout))
    } catch {
      return .failure(error)
    }
  }

  private mutating func castAll() {
    let lives = (0..<4).compactMap { _ in round.population.pick(using: &random) { !$0.traits.isAsync } }
    let known = Dictionary(lives.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first }).values
    var called: [(Life, ServerRef<PlainWorker>)] = []
    for life in known {
      if case .plain(let worker) = life.address { called.append((life, worker)) }
    }
    let letter = Letter(tag: book.nextTag(), kind: .count, isOwed: true, parcel: Token(round.parcels))
    let deliveries = called.map(\.1).castAll(.letter(letter))
    require(deliveries.count == called.count, "\(called.count) servers were cast to, \(deliveries.count) told")
    for ((life, _), delivery) in zip(called, deliveries) { note(delivery, of: life) }
  }

  private mutating func nextLetter(for life: Life) -> Letter {
    let kind: Letter.Kind =
      switch random.below(1_000) {
      case 0..<4: .dwell(.microseconds(random.below(1_000)))
      case 4..<20: .idle
      case 20..<40: .continue
      case 40: life.traits.isSteady ? .count : .crash
      case 41: life.traits.isSteady ? .count : .stop
      default: .count
      }
    return Letter(tag: book.nextTag(), kind: kind, isOwed: true, parcel: Token(round.parcels))
  }
}
