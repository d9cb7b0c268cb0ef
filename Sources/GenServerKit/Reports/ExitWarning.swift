internal import Logging

/// Names a process every five seconds whose handler does not return although the process has been told to exit.
final class ExitWarning: ExitObserver, TimerEntry, @unchecked Sendable {
  // Unchecked: inherited; the position is touched under the time source's lock.
  var timerPosition = -1
  private let process: ProcessCore
  private let begin: Int64

  private static let interval: Int64 = 5_000_000_000

  private init(_ process: ProcessCore) {
    self.process = process
    begin = process.runtime.now()
    super.init()
  }

  static func watch(_ process: ProcessCore) {
    let warning = ExitWarning(process)
    warning.arm()
    if process.addObserver(warning) != nil { warning.disarm() }
  }

  private func arm() {
    let time = process.runtime.timeSource
    time.arm(self, at: time.now() + Self.interval)
  }

  private func disarm() { process.runtime.timeSource.cancel(self) }

  override func processEnded(_ reason: ExitReason) { disarm() }

  var sleeper: Sleeper { Sleeper(process, "warning that it does not exit") }

  func timerFired() {
    guard process.isAlive else { return }
    let seconds = (process.runtime.now() - begin) / 1_000_000_000
    process.runtime.log.write { [process] logger in
      logger.warning(
        "\(process.title) was told to exit \(seconds) seconds ago and its handler has not returned",
        metadata: process.metadata)
    }
    arm()
    // The end may have come in between, and found nothing armed.
    if !process.isAlive { disarm() }
  }
}
