import Logging

/// Counts crash reports and warnings in place of printing them: a busy machine is enough for a warning. Nobody here
/// answers twice, so a warning of that is a violation.
struct SoakLog: LogHandler {
  let totals: Totals

  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  init(_ totals: Totals) { self.totals = totals }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    switch event.level {
    case .error, .critical: totals.crashReports.add()
    case .warning:
      totals.warnings.add()
      require(!"\(event.message)".contains("second time"), "\(event.message) \(event.metadata ?? [:])")
    default: break
    }
  }
}
