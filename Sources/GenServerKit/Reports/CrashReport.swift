internal import Logging

// What a crash report says; see "crash report" in OTP's `proc_lib`. It is written before the end takes links and messages.
extension ServerProcess {
  /// The report of an end that is no orderly one. The first cause is named whatever came of `terminate`. With the run
  /// right.
  func logCrash(_ end: EndRequest) {
    guard runtime.logger.logLevel <= .error else { return end.letGoOfRequests() }
    // What `terminate` throws after a kill comes of the kill.
    let failure = isExiting ? nil : end.failure
    let isFirst = !end.reason.isClean
    let cause = isFirst ? end.reason : failure ?? end.reason
    let status = status(message: end.message, reason: cause)
    var metadata = crashMetadata(notHandled: batch.count, endsFor: finalReason(failure ?? end.reason))
    var text = "\(title) ends because of a crash"
    if let reason = status.reason {
      let shown = "\(reason)"
      metadata["reason"] = "\(shown)"
      text += ": \(shown)"
    }
    if isFirst, let failure {
      let shown = self.text(of: failure)
      metadata["terminate"] = "\(shown)"
      text += "; then terminate threw: \(shown)"
    }
    metadata["state"] = "\(self.text(of: status))"
    if let message = status.message {
      metadata["message"] = "\(MessageText.describe(message, limit: runtime.reportLimits.request))"
    }
    if let client = end.client { metadata["client"] = "\(client.text)" }
    runtime.logger.error("\(text)", metadata: metadata)
    end.letGoOfRequests()
  }

  @usableFromInline func logFailedStart(_ reason: ExitReason) {
    if reason.isClean || runtime.logger.logLevel > .error { return }
    let shown = text(of: reason)
    var metadata = crashMetadata(notHandled: 0, endsFor: .normal)
    metadata["reason"] = "\(shown)"
    runtime.logger.error("\(title) did not start: \(shown)", metadata: metadata)
  }
}

extension RawProcessCore {
  func logCrash(_ reason: ExitReason) {
    defer { reason.letGoOfRequest() }
    guard runtime.logger.logLevel <= .error else { return }
    let shown = text(of: reason)
    var metadata = crashMetadata(notHandled: 0, endsFor: reason)
    metadata["reason"] = "\(shown)"
    runtime.logger.error("\(title) ends because of a crash: \(shown)", metadata: metadata)
  }
}

extension EndRequest {
  /// Reasons outlive the process: no request stays with them.
  fileprivate func letGoOfRequests() {
    reason.letGoOfRequest()
    failure?.letGoOfRequest()
  }
}

extension ExitReason {
  fileprivate func letGoOfRequest() {
    if case .failure(let error as CallError) = self { error.details.letGoOfRequest() }
  }
}

extension ProcessCore {
  private static let listLimit = 16

  /// With the run right; `notHandled` messages have been taken out of the mailbox already.
  fileprivate final func crashMetadata(notHandled: Int, endsFor reason: ExitReason) -> Logger.Metadata {
    var metadata = self.metadata
    metadata["messages"] = "\(kind.waitingCount(self) + notHandled)"
    metadata["trapsExits"] = "\(trapsExits)"
    if let origin { metadata["origin"] = "\(origin)" }
    let ancestors = ancestors
    if !ancestors.isEmpty { metadata["ancestors"] = Self.list(ancestors, of: ancestors.count) }
    let (links, count) = linked(atMost: Self.listLimit)
    if count > 0 { metadata["links"] = Self.list(links.map { PID($0) }, of: count) }
    if case .normal = reason { return metadata }
    let neighbours = neighbours
    if !neighbours.isEmpty { metadata["neighbours"] = .array(neighbours.map { .string($0) }) }
    return metadata
  }

  /// A supervisor may have a hundred thousand links.
  private static func list(_ elements: [some CustomStringConvertible], of count: Int) -> Logger.MetadataValue {
    var texts = elements.prefix(listLimit).map { "\($0)" }
    if count > texts.count { texts.append("and \(count - texts.count) more") }
    return .array(texts.map { .string($0) })
  }

  /// The first of the processes that it is linked to, and how many there are.
  private final func linked(atMost limit: Int) -> (processes: [ProcessCore], count: Int) {
    lock.withLock { relations.map { ($0.links.peers(atMost: limit), $0.links.count) } ?? ([], 0) }
  }

  /// The processes that go down with this one over links, each with what it was doing: those that are linked to it and do
  /// not trap exits, those linked to them, and so on.
  private final var neighbours: [String] {
    var found: [ProcessCore] = []
    var seen: Set = [ObjectIdentifier(self)]
    var isCut = false
    var next = 0
    var process = self
    while true {
      let (linked, count) = process.linked(atMost: 4 * Self.listLimit)
      isCut = isCut || count > linked.count
      for other in linked where seen.insert(ObjectIdentifier(other)).inserted {
        if other.trapsExits || !other.isAlive { continue }
        found.append(other)
      }
      if found.count > Self.listLimit || next == found.count { break }
      process = found[next]
      next += 1
    }
    let texts = found.prefix(Self.listLimit).map { "\($0.title) is \($0.doing)" }
    if isCut || found.count > texts.count { return texts + ["and more"] }
    return texts
  }
}
