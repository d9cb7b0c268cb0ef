internal import Synchronization

/// Goes with the message of a repeated timer, of which there is one at most in any mailbox: while it is there, the timer
/// sends no other.
///
/// It is made for one message. Where that is dropped, wherever it may be, the tick goes with it, and the timer sends again.
@usableFromInline final class TimerTick: Sendable {
  private let timer: OwnedTimer
  private let isTaken = Atomic<Bool>(false)

  init(of timer: OwnedTimer) { self.timer = timer }

  deinit { if !isTaken.load(ordering: .relaxed) { _ = timer.leavesMailbox() } }

  /// By who takes the message out of the mailbox to handle it. False if the timer was cancelled meanwhile, and the message
  /// is to be left out. The same answer a second time.
  func take() -> Bool {
    if isTaken.load(ordering: .relaxed) { return true }
    guard timer.leavesMailbox() else { return false }
    isTaken.store(true, ordering: .relaxed)
    return true
  }

  /// Whether the message is still wanted.
  var isWanted: Bool { isTaken.load(ordering: .relaxed) || !timer.isOver }
}
