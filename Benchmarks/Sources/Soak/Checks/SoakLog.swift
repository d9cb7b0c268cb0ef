import Foundation
import Logging

/// Counts crash reports and warnings in place of printing them: a busy machine is enough for a warning. Nobody here
/// answers twice, so a warning of that is a violation.
struct SoakLog: LogHandler {
  let totals: Totals
  /// Whether it blocks now and then, as one does that writes to a disk or to another machine.
  let blocks: Bool

  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  init(_ totals: Totals, blocks: Bool) {
    self.totals = totals
    self.blocks = blocks
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    if blocks, Int.random(in: 0..<32) == 0 {
      totals.blockedRecords.add()
      usleep(UInt32.random(in: 1_000..<50_000))
    }
    switch event.level {
    case .error, .critical: totals.crashReports.add()
    case .warning:
      totals.warnings.add()
      require(!"\(event.message)".contains("second time"), "\(event.message) \(event.metadata ?? [:])")
    default: break
    }
  }
}
