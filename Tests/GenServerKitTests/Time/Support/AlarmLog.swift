import GenServerKit

/// What arrived at a process, and after how many milliseconds; also for a test that looks when the process has gone.
final class AlarmLog: Sendable {
  private let start: ContinuousClock.Instant
  private let written = Observed<(lines: [String], references: [TimerReference])>(([], []))

  init(from start: ContinuousClock.Instant) { self.start = start }

  /// Such as `ring @100`.
  var lines: [String] { written.value.lines }

  /// The same once there are so many, or what there is after thirty seconds.
  func lines(_ count: Int) async -> [String] { await written.value { $0.lines.count >= count }.lines }

  /// The references that messages carried.
  var references: [TimerReference] { written.value.references }

  func write(_ text: String, at instant: ContinuousClock.Instant, _ reference: TimerReference? = nil) {
    let milliseconds = (instant - start) / .milliseconds(1)
    written.change {
      $0.lines.append("\(text) @\(Int(milliseconds.rounded(.down)))")
      if let reference { $0.references.append(reference) }
    }
  }
}
