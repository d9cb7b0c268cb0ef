internal import Synchronization

/// The processes that wait for one worker; others may steal from it.
struct WorkQueue: ~Copyable, Sendable {
  private let processes = Locked(MessageBuffer<ProcessCore>())
  private let waiting = Atomic<Int>(0)

  deinit { processes.withLock { $0.removeAll() } }

  /// How many processes wait; another thread may see the number a moment late.
  var count: Int { waiting.load(ordering: .relaxed) }

  func append(_ process: ProcessCore) {
    processes.withLock { processes in
      processes.append(process)
      waiting.store(processes.count, ordering: .relaxed)
    }
  }

  func popFirst() -> ProcessCore? {
    guard count > 0 else { return nil }
    return processes.withLock { processes in
      guard !processes.isEmpty else { return nil }
      let process = processes.removeFirst()
      waiting.store(processes.count, ordering: .relaxed)
      return process
    }
  }
}
