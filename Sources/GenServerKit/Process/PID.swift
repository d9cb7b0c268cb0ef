/// The identity of one process, which no other process ever gets.
///
/// ```swift
/// guard let worker = server.pid else { return }
/// worker.exit(.killed)
/// print(await worker.waitForExit())          // killed
/// ```
///
/// A pid can still be used after the process has ended: it then says that the process is not alive, and why it ended.
public struct PID: Hashable, Sendable {
  package let core: ProcessCore

  @usableFromInline package init(_ core: ProcessCore) { self.core = core }

  public static func == (a: Self, b: Self) -> Bool { a.core === b.core }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(core)) }

  /// Whether the process has not ended yet; one that is exiting still counts as alive.
  public var isAlive: Bool { core.isAlive }

  /// Puts a message into the process's mailbox; a server gets one that is not of its `Info` type in `handleUnexpected`.
  ///
  /// It never waits and never fails, and returns what became of the message. See `send/2` in Elixir.
  @discardableResult public func send(_ message: some Sendable) -> Delivery {
    core.kind.deliver(core, message, ProcessCore.ambient.map { PID($0) }, nil)
  }

  /// Sends an exit signal, which ends the process without `terminate` unless it traps exits; see `Process.exit/2`.
  ///
  /// `.killed` also ends a process that traps exits. `.normal` has no effect, unless a process sends it to itself. A
  /// running handler is cancelled but not cut off: the process ends when the handler has returned, and a warning names
  /// it every five seconds until then. Of several signals the first reason counts.
  public func exit(_ reason: ExitReason) {
    core.receiveExit(reason, from: ProcessCore.ambient, isKill: reason.isKill)
  }

  /// Returns the reason once the process has ended, at once if it already has; see `ServerRef.waitForExit`.
  ///
  /// Cancelling the task does not end the wait. A process that waits for its own end gets `failure` with
  /// `CallError.callingSelf` at once, and one that waits for a process that waits for it gets `failure` with
  /// `CallError.deadlock`.
  nonisolated(nonsending) public func waitForExit(
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line
  ) async -> ExitReason { await core.reasonOfExit(CallSite(function, fileID, line)) }
}

extension PID: CustomStringConvertible {
  /// Such as `<0.12.3>`: the node, the place in the process table, and how often that place was used before.
  public var description: String { core.number.description }
}
