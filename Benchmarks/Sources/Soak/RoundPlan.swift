import GenServerKit

/// The mix of work of one round, which a seed decides; in which order things then happen, it does not.
struct RoundPlan {
  enum End {
    /// While everybody is at work.
    case abrupt
    /// With all servers that there are.
    case full
    /// After all workers have ended, so that each watch has to have told of it.
    case settled
  }

  let number: Int
  let end: End
  let scheduling: Runtime.Scheduling
  let schedulingAbroad: Runtime.Scheduling
  let duration: Duration
  let callers: Int
  let casters: Int
  let meddlers: Int
  let namers: Int
  let exchangers: Int
  let minders: Int
  let quitters: Int
  /// Whether the handlers of the logs block now and then.
  let blocksInLog: Bool
  var random: SeededGenerator

  init(number: Int, seed: UInt64) {
    self.number = number
    var random = SeededGenerator(seed: seed &+ UInt64(number) &* 0x2545_F491_4F6C_DD1D)
    let ends: [End] = [.abrupt, .full, .full, .settled, .settled]
    end = ends[random.below(ends.count)]
    scheduling = random.oneIn(4) ? .taskPool : .workers
    schedulingAbroad = random.oneIn(4) ? .taskPool : .workers
    duration = .milliseconds(end == .abrupt ? 100 + random.below(900) : 700 + random.below(500))
    callers = 1 + random.below(6)
    casters = 1 + random.below(4)
    meddlers = random.below(3)
    namers = random.below(4)
    exchangers = random.below(5)
    minders = random.below(7)
    quitters = random.below(3)
    blocksInLog = random.oneIn(2)
    self.random = random
  }
}
