import GenServerKit

/// Raw processes that talk to each other, watch, link, and set timers.
struct Exchanger {
  private static let patience = Timeout.seconds(20)

  private struct Ping: Sendable {
    let number: Int
    let from: PID
    let parcel: Token
  }

  private struct Pong: Sendable {
    let number: Int
    let parcel: Token
  }

  private struct Alarm: Sendable, Hashable { let number: Int }

  private struct Stop: Sendable {}

  private let round: Round
  private var random: SeededGenerator

  private init(_ round: Round, _ random: SeededGenerator) {
    self.round = round
    self.random = random
  }

  /// Until the round is over.
  @concurrent static func run(_ round: Round, _ random: SeededGenerator) async {
    var exchanger = Self(round, random)
    while !round.isOver {
      do {
        try await withProcess { process in try await exchanger.step(process) }
      } catch {
        require(round.isAbrupt, "a raw process was told to exit: \(error)")
        await Task.yield()
      }
    }
  }

  private mutating func step(_ process: RawProcess) async throws {
    switch random.below(5) {
    case 0: try await exchange(process)
    case 1: try await watch(process)
    case 2: try await breakChain(process)
    case 3: try await setTimers(process)
    default: try await trapExit(process)
    }
  }

  /// Questions to a process that answers them all, whose answers are taken in another order, past what else lies there.
  private mutating func exchange(_ process: RawProcess) async throws {
    let (pid, monitor) = process.spawnMonitored { other in
      while let ping = try await Self.next(other) {
        ping.from.send(Pong(number: ping.number, parcel: ping.parcel))
      }
    }
    let count = 1 + random.below(30)
    for number in 0..<count {
      pid.send(Ping(number: number, from: process.pid, parcel: Token(round.parcels)))
    }
    for number in (0..<count).shuffled(using: &random) {
      let pong = try await process.receive(Pong.self, timeout: Self.patience) { $0.number == number }
      require(pong != nil || round.isAbrupt, "pong \(number) of \(count) was lost")
    }
    if random.oneIn(2) {
      let pong = try await pid.ask(Pong.self, timeout: Self.patience) { [round] asker in
        Ping(number: count, from: asker, parcel: Token(round.parcels))
      }
      require(pong.number == count, "the answer to \(count) was \(pong.number)")
    }
    pid.send(Stop())
    let down = try await process.receive(Down.self, timeout: Self.patience) { $0.monitor == monitor }
    require(down?.reason == .normal || round.isAbrupt, "a process returned, and its monitor told \(down as Any)")
    try await expectNothingMore(process)
    round.totals.exchanges.add()
  }

  private static func next(_ process: RawProcess) async throws -> Ping? {
    switch try await process.receive() {
    case let ping as Ping: return ping
    case is Stop: return nil
    case let other: Violation.end("a raw process got \(other)")
    }
  }

  /// Several watches of one process, some of which are ended; all others tell of its end, for the reason it ended with.
  private mutating func watch(_ process: RawProcess) async throws {
    guard let life = round.population.pick(using: &random, where: { !$0.traits.isSteady }), let pid = life.address.pid
    else { return await Task.yield() }
    var monitors = Set((0..<(1 + random.below(10))).map { _ in process.monitor(pid) })
    for monitor in monitors where random.oneIn(4) {
      process.demonitor(monitor)
      monitors.remove(monitor)
    }
    pid.exit(random.oneIn(2) ? .killed : .shutdown)
    // While it ends.
    for monitor in monitors where random.oneIn(4) {
      process.demonitor(monitor)
      monitors.remove(monitor)
    }
    let reason = await pid.waitForExit()
    round.population.leave(life)
    while !monitors.isEmpty {
      guard let down = try await process.receive(Down.self, timeout: Self.patience) else {
        Violation.end("\(pid) has ended, and \(monitors.count) of its monitors were not told")
      }
      require(monitors.remove(down.monitor) != nil, "a monitor told twice, or after demonitor: \(down)")
      require(down.reason == reason || down.reason == .noProcess, "\(pid) ended with \(reason), and \(down)")
      round.totals.downs.add()
    }
    try await expectNothingMore(process)
  }

  /// A chain of linked processes, one of which is ended: all of them end for the same reason.
  private mutating func breakChain(_ process: RawProcess) async throws {
    let length = 2 + random.below(8)
    let head = spawn { [pid = process.pid] link in try await Self.beLink(link, left: length - 1, tellingTo: pid) }
    var pids: [PID] = []
    while pids.count < length {
      guard let pid = try await process.receive(PID.self, timeout: Self.patience) else {
        require(round.isAbrupt, "of \(length) links \(pids.count) were made")
        head.exit(.killed)
        return
      }
      pids.append(pid)
    }
    let reason: ExitReason = random.oneIn(3) ? .killed : .failure(Crash(tag: Tag(sender: -5, sequence: length)))
    pids[random.below(pids.count)].exit(reason)
    for pid in pids {
      let found = await pid.waitForExit()
      require(found == reason || round.isAbrupt, "a chain was broken by \(reason), and \(pid) ended with \(found)")
    }
    round.totals.chains.add()
  }

  private static func beLink(_ link: RawProcess, left: Int, tellingTo pid: PID) async throws {
    pid.send(link.pid)
    if left > 0 { link.spawnLink { try await beLink($0, left: left - 1, tellingTo: pid) } }
    _ = try await link.receive(Stop.self)
  }

  /// What is cancelled in time does not come, all else comes once.
  private mutating func setTimers(_ process: RawProcess) async throws {
    var expected: Set<Int> = []
    var timers: [(number: Int, timer: TimerReference)] = []
    for number in 0..<(1 + random.below(20)) {
      timers.append((number, process.send(Alarm(number: number), after: .microseconds(random.below(3_000)))))
      expected.insert(number)
    }
    if random.oneIn(2) { try? await Task.sleep(for: .microseconds(random.below(2_000))) }
    for (number, timer) in timers where random.oneIn(2) {
      if timer.cancel() != nil {
        expected.remove(number)
        round.totals.cancelledTimers.add()
      }
    }
    while !expected.isEmpty {
      guard let alarm = try await process.receive(Alarm.self, timeout: Self.patience) else {
        require(round.isAbrupt, "\(expected.count) timers were lost")
        return
      }
      require(expected.remove(alarm.number) != nil, "a timer came twice, or after it was cancelled in time")
      round.totals.timers.add()
    }
    _ = try await process.receive(Stop.self, timeout: .milliseconds(random.below(3)))
    try await expectNothingMore(process)
  }

  /// A linked process that crashes brings one message to one that traps exits.
  private mutating func trapExit(_ process: RawProcess) async throws {
    process.trapExits()
    let crash = ExitReason.failure(Crash(tag: Tag(sender: -6, sequence: random.below(1_000))))
    let pid = process.spawnLink { _ in
      await Task.yield()
      throw crash
    }
    round.totals.crashes.add()
    let exit = try await process.receive(Exit.self, timeout: Self.patience)
    require(
      exit?.pid == pid && exit?.reason == crash || round.isAbrupt,
      "\(pid) crashed with \(crash), and \(exit as Any) came")
    process.stopTrappingExits()
    try await expectNothingMore(process)
  }

  private func expectNothingMore(_ process: RawProcess) async throws {
    let message = try await process.receive(timeout: .seconds(0))
    // A signal of the shutdown is a message to one that traps exits.
    require(message == nil || round.isAbrupt, "nothing is to come any more, and \(message as Any) did")
  }
}
