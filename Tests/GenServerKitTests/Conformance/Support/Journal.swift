import Foundation
import GenServerKit

/// What happened to a server, in order, also for a test that looks when the server has gone.
final class Journal: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var storedLines: [String] = []
  private var storedPID: PID?

  var lines: [String] { lock.withLock { storedLines } }

  /// The process of the last `initialize` that ran.
  var pid: PID? { lock.withLock { storedPID } }

  func write(_ line: String) { lock.withLock { storedLines.append(line) } }

  func initializes(_ pid: PID) { lock.withLock { storedPID = pid } }

  func lines(beginningWith start: String) -> [String] { lines.filter { $0.hasPrefix(start) } }
}
