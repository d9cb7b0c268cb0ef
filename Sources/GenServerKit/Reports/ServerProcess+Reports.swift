internal import Logging

// What people read of a server's messages. Nothing is put into words that nobody will see.
extension ServerProcess {
  /// A message, or a step, as the status formatter lets it be seen.
  func text(ofMessage message: Any) -> String {
    ShownStatus.text(ofMessage: message, by: Server.self, limit: runtime.reportLimits.request)
  }

  /// State, message and reason as the status formatter lets them be seen. With the run right.
  func status(message: Any? = nil, reason: ExitReason? = nil) -> ServerStatus {
    var status = ServerStatus(state: server as Any, message: message, reason: reason, label: label)
    if let server { status.state = server }
    Server.formatStatus(&status)
    return status
  }

  func text(of status: ServerStatus) -> String {
    ValueText.describing(status.state, limit: runtime.reportLimits.state)
  }

  /// The default for a message that is not of the server's `Info`.
  func logUnexpected(_ message: Any) {
    report(.error, .unexpectedMessage, "\(title) got a message that is not of its Info, and dropped it") {
      let shown = status(message: message).message
      return ["message": "\(shown.map { MessageText.describe($0, limit: runtime.reportLimits.request) } ?? "")"]
    }
  }
}

extension ProcessCore {
  /// What stands in each record of the log that is about the process.
  final var metadata: Logger.Metadata {
    var metadata: Logger.Metadata = ["pid": "\(number)", "server": "\(kind.typeName)"]
    if let name { metadata["name"] = "\(name)" }
    if let labelText { metadata["label"] = "\(labelText)" }
    return metadata
  }

  final var ownLogger: Logger {
    var logger = runtime.logger
    for (key, value) in metadata { logger[metadataKey: key] = value }
    return logger
  }

  /// A record of a kind that may come often; see `LogLimiter`.
  final func report(
    _ level: Logger.Level, _ kind: LogLimiter.Kind, _ message: @autoclosure () -> String,
    _ details: () -> Logger.Metadata
  ) {
    guard runtime.logger.logLevel <= level else { return }
    guard let leftOut = logLimiter.admit(kind, at: runtime.now()) else { return }
    var text = message()
    var metadata = metadata.merging(details()) { _, new in new }
    if leftOut > 0 {
      text += "; before that, \(kind.text(of: leftOut)) had no record"
      metadata["leftOut"] = "\(leftOut)"
    }
    runtime.logger.log(level: level, "\(text)", metadata: metadata)
  }

  /// A process that has ended writes as nobody does.
  private final var logLimiter: LogLimiter {
    lock.withLock {
      if isOver { return runtime.logLimiter }
      let particulars = makeParticularsUnderLock()
      if let limiter = particulars.logLimiter { return limiter }
      let new = LogLimiter()
      particulars.logLimiter = new
      return new
    }
  }

  /// When the process ends: what was left out, and that no later record will tell of.
  @inline(never) final func logLeftOut(by limiter: LogLimiter) {
    for (kind, count) in limiter.leftOut {
      var metadata = self.metadata
      metadata["leftOut"] = "\(count)"
      runtime.logger.warning("\(title) has ended; \(kind.text(of: count)) had no record", metadata: metadata)
    }
  }

  @usableFromInline @inline(never) final func logHighWater(_ count: Int) {
    // The message may be a timer's.
    runtime.log.write { [self] _ in
      report(.warning, .highWater, "\(title) has \(count) messages waiting and does not keep up") {
        ["messages": "\(count)"]
      }
    }
  }

  static func logSecondAnswer(of type: Any.Type) {
    let message = "a call was answered a second time; the answer was dropped"
    if let process = ambient { return process.report(.warning, .secondAnswer, message) { ["type": "\(type)"] } }
    Runtime.current.reportSecondAnswer(message, of: type)
  }
}

extension Runtime {
  fileprivate func reportSecondAnswer(_ message: String, of type: Any.Type) {
    guard logger.logLevel <= .warning, let leftOut = logLimiter.admit(.secondAnswer, at: now()) else { return }
    var metadata: Logger.Metadata = ["type": "\(type)"]
    if leftOut > 0 { metadata["leftOut"] = "\(leftOut)" }
    let more = leftOut > 0 ? "; before that, \(LogLimiter.Kind.secondAnswer.text(of: leftOut)) had no record" : ""
    logger.warning("\(message)\(more)", metadata: metadata)
  }
}
