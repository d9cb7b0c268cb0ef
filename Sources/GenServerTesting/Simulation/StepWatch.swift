import GenServerKit
import Logging

/// Logs a warning when one step of a simulation takes so much real time that it may never end: a handler, or the body,
/// that loops without an await cannot be ended, and a test that hangs should not do so in silence.
final class StepWatch: TimerEntry, @unchecked Sendable {
  // Unchecked: the position is touched under the queue's lock, the rest by the one thread of the system's timers.
  var timerPosition = -1
  private let seed: UInt64
  private let core: SimulationCore
  private var lastTurn = -1

  private static let interval: Int64 = 10_000_000_000

  init(_ core: SimulationCore, seed: UInt64) {
    self.core = core
    self.seed = seed
  }

  func begin() { SystemTimeSource.shared.arm(self, at: SystemTimeSource.shared.now() + Self.interval) }
  func end() { SystemTimeSource.shared.cancel(self) }

  func timerFired() {
    guard let (turn, who) = core.runningTurn else { return }
    if turn == lastTurn {
      // The thread serves all runtimes, and the log's handler may block.
      _ = SystemThread.start(.errands) { [seed] in
        Logger(label: "GenServerTesting").error(
          """
          a simulation with seed \(seed) does not get on: \(who) has run for ten seconds and more without an await, and \
          nothing can end it
          """)
      }
    } else {
      lastTurn = turn
      begin()
    }
  }
}
