import Foundation

@testable import GenServerKit

/// Runs processes when the test says so, while callers may run them at any time.
final class ParkedScheduler: Scheduler, @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var processes: [ProcessCore] = []

  func submit(_ process: ProcessCore) { lock.withLock { processes.append(process) } }
  func submitBehind(_ process: ProcessCore) { submit(process) }

  var count: Int { lock.withLock { processes.count } }

  /// Runs what waits now; returns how many that were.
  @discardableResult func runAll() -> Int {
    let processes = lock.withLock {
      defer { self.processes = [] }
      return self.processes
    }
    for process in processes { process.kind.drive(process) }
    return processes.count
  }
}
