import Foundation
import GenServerKit

/// What arrived at a process, and after how many milliseconds; also for a test that looks when the process has gone.
final class AlarmLog: @unchecked Sendable {
  // Unchecked: everything is touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private let start: ContinuousClock.Instant
  private var written: [String] = []
  private var reported: [TimerReference] = []

  init(from start: ContinuousClock.Instant) { self.start = start }

  /// Such as `ring @100`.
  var lines: [String] { lock.withLock { written } }

  /// The references that messages carried.
  var references: [TimerReference] { lock.withLock { reported } }

  func write(_ text: String, at instant: ContinuousClock.Instant, _ reference: TimerReference? = nil) {
    let milliseconds = (instant - start) / .milliseconds(1)
    lock.withLock {
      written.append("\(text) @\(Int(milliseconds.rounded(.down)))")
      if let reference { reported.append(reference) }
    }
  }
}
