internal import Logging

/// Names a process every five seconds whose handler does not return although the process has been told to exit.
///
/// It is a timer of the process's own, and so has gone before anybody hears of the end.
final class ExitWarning: OwnedTimer, @unchecked Sendable {
  // Unchecked: inherited.
  private let process: ProcessCore
  private let begin: Int64

  private static let interval: Int64 = 5_000_000_000

  private init(_ process: ProcessCore) {
    self.process = process
    begin = process.runtime.now()
    super.init(process.timers)
  }

  static func watch(_ process: ProcessCore) { ExitWarning(process).start(.everyNanoseconds(interval)) }

  override var sleeper: Sleeper { Sleeper(process, "warning that it does not exit") }

  override func fire() {
    guard process.isAlive else { return }
    let seconds = process.runtime.now().subtractingClamped(begin) / 1_000_000_000
    process.runtime.log.write { [process] logger in
      logger.warning(
        "\(process.title) was told to exit \(seconds) seconds ago and its handler has not returned",
        metadata: process.metadata)
    }
  }
}
