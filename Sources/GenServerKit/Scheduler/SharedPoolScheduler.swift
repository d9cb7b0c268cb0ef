/// Runs processes on the pool that Swift's tasks use, where a handler that blocks holds up the application's own tasks.
final class SharedPoolScheduler: Scheduler {
  static let shared = SharedPoolScheduler()

  func submit(_ process: ProcessCore) {
    Task.detached { process.takeTurn() }
  }

  func submitBehind(_ process: ProcessCore) { submit(process) }
}
