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
    var metadata = crashMetadata(shown.reason ?? reason, notHandled: batch.count)
    metadata["state"] = "\(shown.state)"
    if let message = shown.message { metadata["message"] = "\(message)" }
    runtime.logger.error("\(title) ends because of a crash: \(shown.reason ?? reason)", metadata: metadata)
  }

  @usableFromInline func logFailedStart(_ reason: ExitReason) {
    if reason.isClean { return }
    runtime.logger.error("\(title) did not start: \(reason)", metadata: crashMetadata(reason, notHandled: 0))
  }
}

extension RawProcessCore {
  func logCrash(_ reason: ExitReason) {
    runtime.logger.error(
      "\(title) ends because of a crash: \(reason)", metadata: crashMetadata(reason, notHandled: 0))
  }
}

extension ProcessCore {
  final var metadata: Logger.Metadata {
    var metadata: Logger.Metadata = ["pid": "\(number)", "server": "\(kind.typeName)"]
    if let name { metadata["name"] = "\(name)" }
    if let label { metadata["label"] = "\(Self.shortened("\(label)"))" }
    return metadata
  }

  /// What a crash report says of any process, before the end takes its links and messages; see "crash report" in OTP's
  /// `proc_lib`. With the run right; `notHandled` messages have been taken out of the mailbox already.
  fileprivate final func crashMetadata(_ reason: ExitReason, notHandled: Int) -> Logger.Metadata {
    var metadata = self.metadata
    metadata["reason"] = "\(reason)"
    metadata["messages"] = "\(kind.waitingCount(self) + notHandled)"
    metadata["trapsExits"] = "\(trapsExits)"
    if let origin { metadata["origin"] = "\(origin)" }
    let ancestors = ancestors
    let links = linked
    if !ancestors.isEmpty { metadata["ancestors"] = Self.list(ancestors) }
    if !links.isEmpty { metadata["links"] = Self.list(links) }
    return metadata
  }

  /// A supervisor may have a hundred thousand links.
  private static func list(_ elements: [some CustomStringConvertible & Sendable]) -> Logger.MetadataValue {
    var texts = elements.prefix(16).map { "\($0)" }
    if elements.count > texts.count { texts.append("and \(elements.count - texts.count) more") }
    return .array(texts.map { .string($0) })
  }

  private static func shortened(_ text: String) -> String {
    text.count > 200 ? text.prefix(200) + "…" : text
  }

  final var ownLogger: Logger {
    var logger = runtime.logger
    for (key, value) in metadata { logger[metadataKey: key] = value }
    return logger
  }

  @usableFromInline @inline(never) final func logHighWater(_ count: Int) {
    // The message may be a timer's.
    runtime.log.write { [self] logger in
      var metadata = self.metadata
      metadata["messages"] = "\(count)"
      logger.warning("\(title) has \(count) messages waiting and does not keep up", metadata: metadata)
    }
  }

  static func logSecondAnswer(of type: String) {
    let runtime = Runtime.current
    var metadata: Logger.Metadata = ["type": "\(type)"]
    if let process = ambient { metadata.merge(process.metadata) { own, _ in own } }
    runtime.logger.warning("a call was answered a second time; the answer was dropped", metadata: metadata)
  }
}
