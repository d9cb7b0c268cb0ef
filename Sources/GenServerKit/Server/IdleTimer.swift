internal import Synchronization

/// The timer for the message that a server wants when nothing has come for a while.
///
/// A handler that asks for it again and again only moves `deadline`: when the armed timer fires, it checks whether the
/// time has come, and is armed anew if not. A timer that fires sends a check through the mailbox with the serial number
/// of the wish for which it was armed, so that a check that lies there already cannot answer a later wish before its
/// turn.
@usableFromInline final class IdleTimer<Server: GenServer>: TimerEntry, @unchecked Sendable {
  // Unchecked: `timerPosition` is touched under the time source's lock, all else with the process's run right.
  @usableFromInline package var timerPosition = -1
  private let process: ProcessCore
  private var message: Server.Info?
  private var deadline = Int64.max
  private var serial: UInt32 = 0
  private var armedFor = Int64.max
  private let armedSerial = Atomic<UInt32>(0)

  /// Whether the scheduler is told of each message; see `ServerProcess.prepare(for:)`.
  @usableFromInline let isTold: Bool
  /// Whether the scheduler has been told of the next message already.
  var hasToldOfNext = false

  init(_ process: ProcessCore) {
    self.process = process
    isTold = process.runtime.isTold
  }

  func takeToldOfNext() -> Bool {
    defer { hasToldOfNext = false }
    return hasToldOfNext
  }

  func set(_ message: Server.Info, at deadline: Int64) {
    guard deadline != .max else { return clear() }
    self.message = message
    self.deadline = deadline
    serial &+= 1
    if deadline <= process.runtime.now() {
      // Whatever lies in the mailbox already comes first, and ends the wait.
      post(serial)
    } else if deadline < armedFor {
      arm()
    }
  }

  /// Ends the wish, since a message has come to a handler.
  @usableFromInline func clear() {
    if message != nil { message = nil }
  }

  /// The message, if the wish is still the one that the check was made for.
  func check(_ serial: UInt32) -> Server.Info? {
    if serial == armedSerial.load(ordering: .relaxed) { armedFor = .max }
    guard let message else { return nil }
    if serial == self.serial {
      self.message = nil
      return message
    }
    // The check is for an older wish. Its timer has to be armed for the present one.
    if armedFor == .max, deadline > process.runtime.now() { arm() } else if armedFor == .max { post(self.serial) }
    return nil
  }

  @usableFromInline package var sleeper: Sleeper { Sleeper(process, "idle timeout") }

  @usableFromInline package func timerFired() { post(armedSerial.load(ordering: .relaxed)) }

  private func arm() {
    armedFor = deadline
    armedSerial.store(serial, ordering: .relaxed)
    process.runtime.timeSource.arm(self, at: deadline)
  }

  private func post(_ serial: UInt32) { _ = process.post(.idleCheck(serial)) }
}
