internal import Synchronization

/// A process that never runs: it stands for one that others watch, link to or wait for, until a test ends it.
package final class StandInProcess: ProcessCore, @unchecked Sendable {
  // Unchecked: inherited.
  private static let count = Atomic<Int>(0)

  package init(in runtime: Runtime) {
    let number = Self.count.add(1, ordering: .relaxed).newValue
    super.init(.absent("stand-in \(number)"), ProcessOptions(), runtime: runtime)
  }

  package func end(_ reason: ExitReason) { if isAlive { die(reason) } }

  /// There is no handler to wait for, so it ends at once.
  override func wasToldToExit() { end(.killed) }
}
