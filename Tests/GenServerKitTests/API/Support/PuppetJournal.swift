import Foundation

/// What happened, in order, also for a test that looks when the server has gone.
final class PuppetJournal: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var written: [String] = []

  var lines: [String] { lock.withLock { written } }

  func write(_ line: String) { lock.withLock { written.append(line) } }
}
