internal import Synchronization

/// A thread that stays for good. If the system refuses it at first, each later use tries again.
final class StandingThread: Sendable {
  private enum State {
    static let missing: UInt8 = 0
    static let starting: UInt8 = 1
    static let running: UInt8 = 2
  }

  private let role: SystemThread.Role
  private let source: ThreadSource
  private let state = Atomic<UInt8>(State.missing)
  private let lastCode = Atomic<Int32>(0)

  init(_ role: SystemThread.Role, from source: ThreadSource) {
    self.role = role
    self.source = source
  }

  var isRunning: Bool { state.load(ordering: .relaxed) == State.running }

  /// Starts the thread unless it runs. Returns why there is no thread.
  @discardableResult func start(_ body: @escaping @Sendable () -> Void) -> ThreadShortage? {
    let (isMine, seen) = state.compareExchange(
      expected: State.missing, desired: State.starting, ordering: .acquiringAndReleasing)
    guard isMine else {
      // Another thread is just starting it, and learns the result.
      return seen == State.running ? nil : ThreadShortage(code: lastCode.load(ordering: .relaxed)).unlessNone
    }
    let shortage = source.start(role, body)
    lastCode.store(shortage?.code ?? 0, ordering: .relaxed)
    state.store(shortage == nil ? State.running : State.missing, ordering: .releasing)
    return shortage
  }
}
