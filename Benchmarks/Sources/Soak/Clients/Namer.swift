import GenServerKit

/// Starts servers under a few names that many want, and frees the names again. That no name has two holders is checked by
/// the holders.
struct Namer {
  private static let patience = Timeout.seconds(20)
  private static let names = ["ant", "bee", "cicada"]

  private let round: Round
  private var random: SeededGenerator
  private let sender: Int

  private init(_ round: Round, _ random: SeededGenerator, sender: Int) {
    self.round = round
    self.random = random
    self.sender = sender
  }

  /// Until the round is over.
  @concurrent static func run(_ round: Round, _ random: SeededGenerator, sender: Int) async {
    var namer = Self(round, random, sender: sender)
    while !round.isOver { await namer.step() }
  }

  private mutating func step() async {
    let name = Self.names[random.below(Self.names.count)]
    let traits = WorkerTraits.random(isSteady: false, using: &random)
    do throws(StartError) {
      let pid = try await round.start(traits, name: name)
      round.totals.names.add()
      if traits.isAsync {
        await use(AsyncWorker.named(ProcessName(name)), pid)
      } else {
        await use(PlainWorker.named(ProcessName(name)), pid)
      }
    } catch {
      switch error {
      case .alreadyStarted(let pid):
        guard random.oneIn(2) else { return await Task.yield() }
        pid.exit(.killed)
        let reason = await pid.waitForExit()
        require(reason != .normal || !pid.isAlive, "\(pid) has ended and is alive")
      case .failed: await Task.yield()
      default: Violation.end("a start under the name “\(name)” failed: \(error)")
      }
    }
  }

  private mutating func use<Server: Worker>(_ server: ServerRef<Server>, _ pid: PID) async {
    let found = server.pid
    // Another one may hold it only once this one ends: the name is free before that has ended.
    if found != pid { _ = await pid.waitForExit() }
    for sequence in 0..<random.below(20) {
      let tag = Tag(sender: -1 - sender, sequence: sequence)
      let job = Job(tag: tag, kind: .answer, parcel: Token(round.parcels))
      do throws(CallError) {
        let answer = try await server.call(timeout: Self.patience) { .job(job, $0) }
        require(answer.tag == tag, "a call by name \(tag) got \(answer)")
      } catch {
        switch error {
        case .noProcess, .exit, .overloaded, .wrongServer: break
        default: require(round.isAbrupt, "a call by the name of \(server) failed: \(error)")
        }
      }
      server.cast(.letter(Letter(tag: tag, kind: .count, isOwed: false, parcel: Token(round.parcels))))
    }
    await takeAnother(server, pid)
    if random.oneIn(2) { pid.exit(.killed) }
  }

  /// A process has one plain name at most; it gives this one back and takes another.
  private mutating func takeAnother<Server: Worker>(_ server: ServerRef<Server>, _ pid: PID) async {
    guard random.oneIn(3), let found = server.pid, found == pid else { return }
    await withProcess { process in
      let other = ProcessName<RawProcess>("dragonfly \(random.below(3))")
      do throws(NameError) {
        try process.register(other)
        // A runtime that is shut down lists no process that comes then, and so not its name.
        let isListed = round.runtime.registeredNames.contains("\(other)")
        require(isListed || round.isAbrupt, "\(other) is registered and not in the table")
        do throws(NameError) {
          try process.register("earwig")
          Violation.end("a process has two plain names")
        } catch {
          switch error {
          case .alreadyNamed, .taken, .noProcess: break
          default: Violation.end("a second name was not refused as that: \(error)")
          }
        }
        await Task.yield()
        if random.oneIn(2) { try process.unregister(other) }
      } catch {
        switch error {
        case .taken: break
        default: require(round.isAbrupt, "a raw process did not get or lose the name \(other): \(error)")
        }
      }
    }
  }
}
