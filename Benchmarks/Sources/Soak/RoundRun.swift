import GenServerKit
import Logging

/// Does one round: starts everybody, lets them work, looks whether all promises were kept, and shuts down.
struct RoundRun {
  private static let patience = Timeout.seconds(20)

  private let plan: RoundPlan
  private let round: Round
  private let servers: Int
  private let watchdog: Watchdog
  private var random: SeededGenerator

  init(_ plan: RoundPlan, servers: Int, totals: Totals, watchdog: Watchdog) {
    self.plan = plan
    self.servers = servers
    self.watchdog = watchdog
    random = plan.random
    let logger = Logger(label: "soak") { _ in SoakLog(totals, blocks: plan.blocksInLog) }
    round = Round(
      number: plan.number, isAbrupt: plan.end == .abrupt,
      runtime: Runtime(logger: logger, scheduling: plan.scheduling),
      abroad: Runtime(logger: logger, scheduling: plan.schedulingAbroad), totals: totals)
  }

  @concurrent mutating func run() async {
    Violation.place.withLock { $0.runtimes = round.runtimes }
    watchdog.roundBegins()
    await withRuntime(round.runtime) { await work() }
    if !round.isAbrupt { await shutDown() }
    await checkThatNothingIsLeft()
    watchdog.roundEnds()
    Violation.place.withLock { $0.runtimes = [] }
    round.totals.rounds.add()
    if round.isAbrupt { round.totals.abruptRounds.add() }
  }

  private mutating func work() async {
    let minders = await start()
    watchdog.roundReaches("work")
    let books = await letClientsWork()
    if round.isAbrupt { return }
    watchdog.roundReaches("tally")
    for life in round.population.all { await check(life, against: books) }
    if plan.end == .settled {
      watchdog.roundReaches("end of the workers")
      for life in round.population.all { life.address.pid?.exit(.shutdown) }
      for life in round.population.all { _ = await life.address.pid?.waitForExit() }
      watchdog.roundReaches("end of the minders")
      for minder in minders { await minder() }
    }
  }

  /// Returns what lets each minder finish.
  private mutating func start() async -> [() async -> Void] {
    var minders: [() async -> Void] = []
    do {
      for index in 0..<servers {
        try await round.start(.random(isSteady: index.isMultiple(of: 2), using: &random))
      }
      for index in 0..<plan.minders {
        let argument = Errand(round: round, random: random.fork())
        if index.isMultiple(of: 2) {
          let minder = try await PlainMinder.start(argument)
          minders.append { await Self.finish(minder) }
        } else {
          let minder = try await AsyncMinder.start(argument)
          minders.append { await Self.finish(minder) }
        }
      }
    } catch {
      Violation.end("a server did not start: \(error)")
    }
    return minders
  }

  private static func finish<Server: Minder>(_ minder: ServerRef<Server>) async {
    do throws(CallError) {
      try await minder.call(timeout: patience) { .finish($0) }
    } catch {
      Violation.end("a monitor, a timer or a request brought nothing: \(error)")
    }
  }

  private mutating func letClientsWork() async -> [SenderBook] {
    await withTaskGroup(of: SenderBook?.self) { [round, plan, servers] group in
      var sender = 0
      for _ in 0..<plan.callers {
        sender += 1
        group.addTask { [sender, random = random.fork()] in await Caller.run(round, random, sender: sender) }
      }
      for _ in 0..<plan.casters {
        sender += 1
        group.addTask { [sender, random = random.fork()] in await Caster.run(round, random, sender: sender) }
      }
      for number in 0..<plan.namers {
        group.addTask { [random = random.fork()] in
          await Namer.run(round, random, sender: 10_000 + number)
          return nil
        }
      }
      for _ in 0..<plan.meddlers {
        group.addTask { [random = random.fork()] in
          await Meddler.run(round, random, size: servers)
          return nil
        }
      }
      for _ in 0..<plan.quitters {
        group.addTask { [random = random.fork()] in
          await Quitter.run(round, random)
          return nil
        }
      }
      for _ in 0..<plan.exchangers {
        group.addTask { [random = random.fork()] in
          await Exchanger.run(round, random)
          return nil
        }
      }
      try? await Task.sleep(for: plan.duration)
      if round.isAbrupt {
        watchdog.roundReaches("shutdown in the middle")
        await shutDown()
      }
      round.end()
      watchdog.roundReaches("end of the clients")
      var books: [SenderBook] = []
      for await book in group {
        if let book { books.append(book) }
      }
      return books
    }
  }

  /// Each sender's letters that a living worker took were handled, once.
  private func check(_ life: Life, against books: [SenderBook]) async {
    while true {
      do throws(CallError) {
        let tally = try await life.address.tally(timeout: Self.patience)
        require(tally.life == life.number, "life \(life.number) told the tally of \(tally.life)")
        for book in books {
          let taken = book.taken[life.number, default: 0]
          let handled = tally.handled[book.sender, default: 0]
          let isRight = life.traits.dropsTaken ? handled <= taken : handled == taken
          require(isRight, "life \(life) took \(taken) casts of sender \(book.sender), and handled \(handled)")
          round.totals.provenCasts.add(handled)
        }
        return
      } catch {
        switch error {
        case .overloaded where life.traits.overloads: await Task.yield()
        case .noProcess, .exit:
          require(!life.traits.isSteady, "life \(life) has ended, which nobody asked it to: \(error)")
          return
        default: Violation.end("life \(life) does not tell its tally: \(error)")
        }
      }
    }
  }

  private func shutDown() async {
    watchdog.roundReaches("shutdown")
    for runtime in round.runtimes {
      do {
        try await runtime.shutdown(timeout: Self.patience)
      } catch {
        Violation.end("\(error)")
      }
      let processes = runtime.processes
      require(processes.isEmpty, "\(processes.count) processes are left after the shutdown: \(processes)")
      let names = runtime.registeredNames
      require(names.isEmpty, "names are left after the shutdown: \(names)")
    }
    require(round.states.now == 0, "\(round.states.now) states are left after the shutdown")
  }

  /// A client may still hold the message that it just sent, and a task of Swift's what it just did.
  private func checkThatNothingIsLeft() async {
    watchdog.roundReaches("end of the messages")
    let deadline = ContinuousClock.now + .seconds(5)
    while round.parcels.now > 0, .now < deadline { try? await Task.sleep(for: .milliseconds(1)) }
    require(round.parcels.now == 0, "\(round.parcels.now) messages are left after the shutdown")
    for runtime in round.runtimes {
      require(runtime.processes.isEmpty, "processes came after the shutdown: \(runtime.processes)")
    }
  }
}
