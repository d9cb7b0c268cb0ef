private import GenServerKitC

/// A start whose starter waits until the process acknowledges it. It also hears of the process's end, which then is the
/// answer.
///
/// `state` decides between the acknowledgement and the end; the waiter decides between these two and the starter, which
/// may have given up.
class AcknowledgedStart: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; `starter` is written before the process begins, `state` under the lock.
  private enum State {
    case open
    case acknowledged
    case failing(ExitReason)
  }

  private let lock = Lock()
  private var state = State.open
  fileprivate(set) var starter: Waiter?

  /// Acknowledges the start. `store` runs under the lock, and only keeps the value.
  fileprivate final func acknowledge(storing store: () -> Void) -> Bool {
    let isFirst = lock.withLock {
      guard case .open = state else { return false }
      state = .acknowledged
      store()
      return true
    }
    return isFirst && starter?.resolve(.started(nil)) == true
  }

  final func note(failure reason: ExitReason) {
    lock.withLock {
      if case .open = state { state = .failing(reason) }
    }
  }

  /// Called when the process ends for `reason`. Returns the reason with which the start has failed; nil if it was
  /// acknowledged.
  fileprivate final func failure(endingWith reason: ExitReason) -> ExitReason? {
    lock.withLock {
      switch state {
      case .acknowledged: return nil
      case .failing(let noted): return noted
      case .open:
        state = .failing(reason)
        return reason
      }
    }
  }

  override final func processEnded(_ reason: ExitReason) {
    if let failure = failure(endingWith: reason) { starter?.resolve(.started(.failed(failure))) }
  }
}

/// An acknowledged start with the value that the process hands over.
final class AcknowledgedStartOf<Value: Sendable>: AcknowledgedStart, @unchecked Sendable {
  // Unchecked: inherited; `value` is written by the thread that acknowledges, and then read by the starter, which the
  // waiter wakes.
  private var value: Value?

  func acknowledge(_ value: Value) -> Bool { acknowledge { self.value = value } }

  fileprivate func takeValue() -> Value? {
    defer { value = nil }
    return value
  }
}

extension RawProcessCore {
  /// Starts a process and waits until it acknowledges that, or ends.
  nonisolated(nonsending) static func start<Value: Sendable>(
    _ body: sending @escaping (RawProcess, StartAcknowledgement<Value>) async throws -> Void, at site: SpawnSite,
    startedBy process: ProcessCore? = nil, tie: StartTie? = nil, timeout: Timeout
  ) async throws(StartError) -> (pid: PID, value: Value) {
    if gs_task_is_cancelled() { throw .cancelled }
    let (runtime, starter) = process.map { ($0.runtime, $0) } ?? Runtime.surroundings
    let start = AcknowledgedStartOf<Value>()
    let process = RawProcessCore(in: runtime, at: site) { try await body($0, StartAcknowledgement(core: start)) }
    let waiter = process.makeStarter()
    start.starter = waiter
    let isRefused = process.enter(startedBy: starter) != nil
    tie?.bind(process)
    process.keep(start)
    process.begin(isRefused: isRefused)
    if let error = await process.started(waiter, timeout) { throw error }
    process.dropStart()
    guard let value = start.takeValue() else { throw .failed(.noProcess) }
    return (PID(process), value)
  }

  /// Called before the process ends. If its start has failed, the starter hears of that from the start alone.
  func leaveStarter(endingWith reason: ExitReason) {
    let start = lock.withLock { particularsUnderLock?.start }
    if start?.failure(endingWith: finalReason(reason)) != nil { leaveParent() }
  }

  private func keep(_ start: AcknowledgedStart) {
    lock.withLock {
      makeParticularsUnderLock().start = start
      observers.append(start)
    }
  }

  /// Drops the start once the starter has heard of its outcome.
  private func dropStart() {
    let start = lock.withLock {
      let start = particularsUnderLock?.start
      if let start { observers.remove(start) }
      particularsUnderLock?.start = nil
      return start
    }
    withExtendedLifetime(start) {}
  }
}
