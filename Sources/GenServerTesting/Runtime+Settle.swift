import GenServerKit

extension Runtime {
  private enum Activity {
    case none, waiting, running
  }

  /// Waits until no process has anything to do. Rounds of the executor are counted, since what is on its way stands in
  /// its queue; only handlers that stay busy for long are given up on by the clock on the wall. False if there are any.
  @discardableResult func settle(except pid: PID? = nil) async -> Bool {
    if let simulation = scheduler as? SimulationScheduler {
      await simulation.waitUntilQuiet()
      return true
    }
    let begin = ContinuousClock.now
    var quiet = 0
    var rounds = 0
    while quiet < 20 {
      await Task.yield()
      rounds += 1
      switch activity(except: pid) {
      case .none: quiet += 1
      case .waiting where rounds >= 200 && ContinuousClock.now - begin > .milliseconds(10): return false
      case .running where rounds >= 2000 && ContinuousClock.now - begin > .milliseconds(100): return false
      case .waiting, .running: quiet = 0
      }
    }
    return true
  }

  /// A process that is just telling of its end is busy with that.
  private func activity(except own: PID?) -> Activity {
    var activity = Activity.none
    for process in processesAndEnding where process !== own?.core && !process.isIdle {
      if !process.isSuspended { return .running }
      activity = .waiting
    }
    return activity
  }
}
