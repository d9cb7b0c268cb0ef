internal import Logging

/// The runtimes of the program, for a log that has only an address to go by.
final class RuntimeList: @unchecked Sendable {
  // Unchecked: touched under the lock only.
  static let shared = RuntimeList()

  private struct Entry {
    weak var runtime: Runtime?
  }

  private let lock = Lock()
  private var entries: [Entry] = []

  func append(_ runtime: Runtime) {
    lock.withLock {
      entries.removeAll { $0.runtime == nil }
      entries.append(Entry(runtime: runtime))
    }
  }

  var all: [Runtime] { lock.withLock { entries.compactMap(\.runtime) } }
}

extension Runtime {
  /// Names the processes that hold up a worker; an address whose process has gone names nobody.
  static func reportBlocking(_ identities: [UInt]) {
    for runtime in RuntimeList.shared.all {
      for identity in identities {
        guard let process = runtime.table.first(where: { ObjectIdentifier($0).bits == identity }) else { continue }
        runtime.logger.warning(
          "\(process.title) holds up a thread while others wait; the pool gets another one",
          metadata: process.metadata)
      }
    }
  }
}
