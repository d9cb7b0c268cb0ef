private import GenServerKitC
internal import Synchronization

/// A start whose starter waits for the process to acknowledge it. It hears of the process's end, which is then the answer.
///
/// `state` is the arbiter between the acknowledgement and the end; the waiter is the one between them and the starter,
/// who may have given up.
class AcknowledgedStart: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; `starter` is written before the process begins, the others by who moves `state`.
  private enum State {
    static let open: UInt8 = 0
    static let deciding: UInt8 = 1
    static let acknowledged: UInt8 = 2
    static let failing: UInt8 = 3
    static let over: UInt8 = 4
  }

  private let state = Atomic<UInt8>(State.open)
  fileprivate(set) var starter: Waiter?
  private var failure: ExitReason?

  fileprivate func acknowledge(storing store: () -> Void) -> Bool {
    guard move(from: State.open, to: State.deciding) else { return false }
    store()
    state.store(State.acknowledged, ordering: .releasing)
    return starter?.resolve(.started(nil)) ?? false
  }

  func note(failure reason: ExitReason) {
    guard move(from: State.open, to: State.deciding) else { return }
    failure = reason
    state.store(State.failing, ordering: .releasing)
  }

  /// Before the process ends. False if it has acknowledged its start.
  fileprivate func fails() -> Bool {
    while true {
      if move(from: State.open, to: State.over) { return true }
      switch state.load(ordering: .acquiring) {
      // Only for the moment that it takes another thread to store a value.
      case State.deciding: continue
      case State.acknowledged: return false
      case State.failing, State.over: return true
      default: continue
      }
    }
  }

  override func processEnded(_ reason: ExitReason) {
    if fails() { starter?.resolve(.started(.failed(failure ?? reason))) }
  }

  private func move(from: UInt8, to: UInt8) -> Bool {
    state.compareExchange(expected: from, desired: to, ordering: .acquiringAndReleasing).exchanged
  }
}

/// With the value that the process hands over.
final class AcknowledgedStartOf<Value: Sendable>: AcknowledgedStart, @unchecked Sendable {
  // Unchecked: inherited; `value` is written by who acknowledges, and then read by the starter, whom the waiter wakes.
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

  /// Before the process ends: if its start has failed, who started it hears of that from the start alone.
  func leaveStarter() {
    if lock.withLock({ particularsUnderLock?.start })?.fails() == true { leaveParent() }
  }

  private func keep(_ start: AcknowledgedStart) {
    lock.withLock {
      makeParticularsUnderLock().start = start
      observers.append(start)
    }
  }

  /// When the starter has heard of it, nothing of the start is left.
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
