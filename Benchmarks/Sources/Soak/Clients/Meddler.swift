import GenServerKit

/// Ends workers and managers from outside in all ways, starts others in their place, and suspends servers for a while.
struct Meddler {
  private static let patience = Timeout.seconds(20)

  private let round: Round
  private var random: SeededGenerator
  /// How many workers there should be.
  private let size: Int
  private var manager: ServerRef<Manager>?

  /// Until the round is over.
  @concurrent static func run(_ round: Round, _ random: SeededGenerator, size: Int) async {
    var meddler = Self(round: round, random: random, size: size)
    while !round.isOver {
      await meddler.step()
      await meddler.fill()
      try? await Task.sleep(for: .microseconds(meddler.random.below(4_000)))
    }
    if let manager = meddler.manager { await meddler.end(manager) }
  }

  private init(round: Round, random: SeededGenerator, size: Int) {
    self.round = round
    self.random = random
    self.size = size
  }

  private mutating func fill() async {
    if manager == nil, !round.isOver {
      let argument = Errand(round: round, random: random.fork())
      manager = try? await Manager.start(argument)
      require(manager != nil || round.isAbrupt, "a manager did not start")
    }
    while round.population.count < size, !round.isOver {
      do throws(StartError) {
        try await round.start(.random(isSteady: false, using: &random))
      } catch {
        // It is known to others before its start has returned, and they may have ended it.
        guard case .failed = error else { Violation.end("a worker did not start: \(error)") }
        await Task.yield()
      }
    }
  }

  private mutating func step() async {
    if random.oneIn(40), let manager {
      self.manager = nil
      return await end(manager)
    }
    guard let life = round.population.pick(using: &random, where: { !$0.traits.isSteady }), let pid = life.address.pid
    else { return }
    switch random.below(9) {
    case 0, 1: await end(life, pid) { $0.exit(.killed) }
    case 2: await end(life, pid) { $0.exit(.failure(Crash(tag: Tag(sender: -2, sequence: 0)))) }
    case 3: await end(life, pid) { $0.exit(.shutdown) }
    case 4: pid.exit(.normal)
    case 5:
      do throws(CallError) {
        try await life.address.stop(timeout: Self.patience)
        require(!pid.isAlive, "life \(life) is alive after stop")
      } catch {
        switch error {
        case .noProcess, .exit: break
        default: Violation.end("life \(life) did not stop: \(error)")
        }
      }
      round.population.leave(life)
    case 6:
      let timer = life.address.exit(.killed, after: .microseconds(random.below(2_000)))
      if random.oneIn(2) { timer.cancel() }
    default: await suspend()
    }
  }

  private func end(_ life: Life, _ pid: PID, by signal: (PID) -> Void) async {
    signal(pid)
    let reason = await pid.waitForExit()
    round.totals.kills.add()
    round.population.leave(life)
    require(!pid.isAlive && pid.snapshot == nil, "life \(life) has ended with \(reason) and is alive")
    let again = await pid.waitForExit()
    require(again == reason, "life \(life) ended with \(reason), and with \(again)")
    let job = Job(tag: Tag(sender: -3, sequence: 0), kind: .answer, parcel: Token(round.parcels))
    do throws(CallError) {
      let answer = try await life.address.call(job, timeout: Self.patience)
      Violation.end("life \(life) has ended and answers: \(answer)")
    } catch {
      require(error == .noProcess(), "life \(life) has ended and a call failed: \(error)")
    }
  }

  /// Its children end with it.
  private mutating func end(_ manager: ServerRef<Manager>) async {
    guard let pid = manager.pid else { return }
    let children = (try? await manager.call(timeout: Self.patience) { .children($0) }) ?? []
    pid.exit(random.oneIn(2) ? .killed : .failure(Crash(tag: Tag(sender: -4, sequence: 0))))
    if !round.isOver || random.oneIn(2) { try? await manager.stop(.shutdown, timeout: Self.patience) }
    pid.exit(.killed)
    _ = await pid.waitForExit()
    round.totals.kills.add()
    for child in children { _ = await child.waitForExit() }
  }

  private mutating func suspend() async {
    guard let life = round.population.pick(using: &random) else { return }
    do {
      try await life.address.suspend(timeout: Self.patience)
      try? await Task.sleep(for: .microseconds(random.below(3_000)))
      try await life.address.resume(timeout: Self.patience)
    } catch CallError.noProcess, CallError.exit {
      require(!life.traits.isSteady || round.isAbrupt, "life \(life) ended while it was suspended")
    } catch {
      Violation.end("life \(life) was not suspended and resumed: \(error)")
    }
  }
}
