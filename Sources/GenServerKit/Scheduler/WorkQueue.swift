internal import Synchronization

/// The processes that wait for one worker; others may steal from it.
final class WorkQueue: @unchecked Sendable {
  // Unchecked: the buffer is touched under the lock only.
  private let lock = Lock()
  private var processes = MessageBuffer<ProcessCore>()
  private let waiting = Atomic<Int>(0)

  deinit { processes.removeAll() }

  /// How many wait, as another thread may see it a moment late.
  var count: Int { waiting.load(ordering: .relaxed) }

  func append(_ process: ProcessCore) {
    lock.lock()
    processes.append(process)
    waiting.store(processes.count, ordering: .relaxed)
    lock.unlock()
  }

  func popFirst() -> ProcessCore? {
    guard count > 0 else { return nil }
    lock.lock()
    defer { lock.unlock() }
    guard !processes.isEmpty else { return nil }
    let process = processes.removeFirst()
    waiting.store(processes.count, ordering: .relaxed)
    return process
  }
}
