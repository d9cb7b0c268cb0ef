import GenServerKit

extension Runtime {
  private enum Activity {
    case none, waiting, running
  }

  /// Waits until no process has anything to do. It counts rounds of the executor, since all work under way stands in
  /// the executor's queue; only on handlers that stay busy for long it gives up after some real time. Returns false if
  /// there are any.
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

  /// Whether processes have something to do. A process that is just telling of its end is busy. A server whose tasks
  /// run counts like one whose handler awaits: it cannot be seen what they wait for.
  private func activity(except own: PID?) -> Activity {
    var activity = Activity.none
    for process in processesAndEnding where process !== own?.core {
      if !process.isIdle {
        if !process.isSuspended { return .running }
        activity = .waiting
      } else if process.hasTasks {
        activity = .waiting
      }
    }
    return activity
  }
}
