/// A server's wish for a message when nothing has come for a while.
///
/// A handler that asks for it again and again moves `deadline` only: the timer that is armed looks, when it fires,
/// whether the time has come, and is armed anew if not.
@usableFromInline final class IdleTimer<Server: GenServer>: TimerEntry, @unchecked Sendable {
  // Unchecked: `timerPosition` is touched under the time source's lock, all else with the process's run right.
  @usableFromInline package var timerPosition = -1
  private let process: ProcessCore
  private var message: Server.Info?
  private var deadline = Int64.max
  private var armedFor = Int64.max

  init(_ process: ProcessCore) { self.process = process }

  func set(_ message: Server.Info, at deadline: Int64) {
    guard deadline != .max else { return clear() }
    self.message = message
    self.deadline = deadline
    if deadline <= process.runtime.now() {
      // Through the mailbox: whatever lies there already comes first, and ends the wait.
      _ = process.kind.post(process, .idleCheck)
    } else if deadline < armedFor {
      armedFor = deadline
      process.runtime.timeSource.arm(self, at: deadline)
    }
  }

  /// Some message has come.
  @usableFromInline func clear() {
    if message != nil { message = nil }
  }

  /// The message, if the time has come.
  func check() -> Server.Info? {
    armedFor = .max
    guard let message else { return nil }
    if deadline <= process.runtime.now() {
      self.message = nil
      return message
    }
    armedFor = deadline
    process.runtime.timeSource.arm(self, at: deadline)
    return nil
  }

  @usableFromInline package func timerFired() { _ = process.kind.post(process, .idleCheck) }
}
