internal import Logging

/// Names a process every five seconds whose handler does not return although the process has been told to exit.
final class ExitWarning: TimerEntry, @unchecked Sendable {
  // Unchecked: the position is touched under the time source's lock only.
  var timerPosition = -1
  private let process: ProcessCore
  private var seconds = 0

  private static let interval: Int64 = 5_000_000_000

  private init(_ process: ProcessCore) { self.process = process }

  static func watch(_ process: ProcessCore) { ExitWarning(process).arm() }

  private func arm() {
    let time = process.runtime.timeSource
    time.arm(self, at: time.now() + Self.interval)
  }

  func timerFired() {
    guard process.isAlive else { return }
    seconds += 5
    process.runtime.logger.warning(
      "\(process.title) was told to exit \(seconds) seconds ago and its handler has not returned",
      metadata: ["pid": "\(process.number)", "server": "\(process.kind.typeName)"])
    arm()
  }
}
