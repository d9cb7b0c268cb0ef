internal import Synchronization

/// The token that goes with the message of a repeated timer. There is at most one such message in a mailbox: while it
/// is there, the timer sends no other.
///
/// A tick is made for one message. Wherever the message is dropped, the tick goes with it, and the timer sends again.
@usableFromInline final class TimerTick: Sendable {
  private let timer: OwnedTimer
  private let isTaken = Atomic<Bool>(false)

  init(of timer: OwnedTimer) { self.timer = timer }

  deinit { if !isTaken.load(ordering: .relaxed) { _ = timer.leavesMailbox() } }

  /// Called by the process that takes the message out of the mailbox to handle it. Returns false if the timer was
  /// cancelled meanwhile, and the message has to be skipped. A second call returns the same.
  func take() -> Bool {
    if isTaken.load(ordering: .relaxed) { return true }
    guard timer.leavesMailbox() else { return false }
    isTaken.store(true, ordering: .relaxed)
    return true
  }

  /// Whether the message is still wanted.
  var isWanted: Bool { isTaken.load(ordering: .relaxed) || !timer.isOver }
}
