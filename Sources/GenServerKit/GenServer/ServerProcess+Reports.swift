internal import Logging

// What people read of a process: crash reports, unexpected messages, second answers.
extension ServerProcess {
  /// State and message as the server's status formatter lets them be seen. With the run right.
  func describe(message: Any?, reason: ExitReason? = nil) -> (state: String, message: String?, reason: ExitReason?) {
    var status = ServerStatus(state: server as Any, message: message, reason: reason)
    if let server { status.state = server }
    Server.formatStatus(&status)
    return ("\(status.state)", status.message.map(MessageText.describe), status.reason)
  }

  @usableFromInline static func describe(request: Any) -> String {
    var status = ServerStatus(state: Server?.none as Any, message: request)
    Server.formatStatus(&status)
    return status.message.map(MessageText.describe) ?? ""
  }

  func logUnexpected(_ value: Any, shownAs text: String?) {
    var metadata = self.metadata
    metadata["message"] = "\(text ?? "")"
    runtime.logger.error("\(title) got a message that is not of its Info, and dropped it", metadata: metadata)
  }

  func logCrash(_ reason: ExitReason, message: Any?) {
    let shown = describe(message: message, reason: reason)
    var metadata = self.metadata
    metadata["reason"] = "\(shown.reason ?? reason)"
    metadata["state"] = "\(shown.state)"
    if let message = shown.message { metadata["message"] = "\(message)" }
    runtime.logger.error("\(title) ends because of a crash: \(shown.reason ?? reason)", metadata: metadata)
  }

  @usableFromInline func logFailedStart(_ reason: ExitReason) {
    if reason.isClean { return }
    var metadata = self.metadata
    metadata["reason"] = "\(reason)"
    runtime.logger.error("\(title) did not start: \(reason)", metadata: metadata)
  }
}

extension ProcessCore {
  final var metadata: Logger.Metadata {
    var metadata: Logger.Metadata = ["pid": "\(number)", "server": "\(kind.typeName)"]
    if let name { metadata["name"] = "\(name)" }
    return metadata
  }

  final var ownLogger: Logger {
    var logger = runtime.logger
    for (key, value) in metadata { logger[metadataKey: key] = value }
    return logger
  }

  @usableFromInline @inline(never) final func logHighWater(_ count: Int) {
    var metadata = self.metadata
    metadata["messages"] = "\(count)"
    runtime.logger.warning("\(title) has \(count) messages waiting and does not keep up", metadata: metadata)
  }

  static func logSecondAnswer(of type: String) {
    let runtime = Runtime.current
    var metadata: Logger.Metadata = ["type": "\(type)"]
    if let process = ambient { metadata.merge(process.metadata) { own, _ in own } }
    runtime.logger.warning("a call was answered a second time; the answer was dropped", metadata: metadata)
  }
}
