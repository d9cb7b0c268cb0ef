import Foundation
import Testing

@testable import GenServerKit

/// Processes that should be gone from memory once they have ended and nobody holds their pids.
final class Remains: @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private struct Trace { weak var process: ProcessCore? }

  private let lock = NSLock()
  private var traces: [Trace] = []

  func watch(_ pid: PID) { lock.withLock { traces.append(Trace(process: pid.core)) } }
  func watch(_ pids: [PID]) { for pid in pids { watch(pid) } }

  /// Those that are still there after a long time: who told others of an end may hold the process a moment longer. Returns
  /// at once when no more than `expected` are left.
  func left(_ expected: Int = 0) async -> [String] {
    await eventually("processes are left") { titles.count <= expected }
    return titles
  }

  private var titles: [String] { lock.withLock { traces.compactMap { $0.process?.title } } }
}
