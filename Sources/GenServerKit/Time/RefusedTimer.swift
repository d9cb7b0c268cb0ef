internal import Logging

// A repeated timer without an interval would do nothing but fire. Such an interval usually comes from a configuration,
// so the log names the place where the timer was set, and the server goes on without it.
extension Runtime {
  /// Logs the refusal with the place of the request; returns a timer that is over.
  func refuseTimer(
    every interval: Duration, _ fileID: StaticString, _ line: UInt, metadata: Logger.Metadata = [:]
  ) -> TimerReference {
    var metadata = metadata
    metadata["origin"] = "\(fileID):\(line)"
    logger.error(
      """
      no timer was set at \(fileID):\(line): its interval is \(interval), and nothing can be repeated unless its interval \
      is longer than zero
      """, metadata: metadata)
    return TimerReference(ActionTimer(timers, nil))
  }
}

extension ProcessCore {
  final func refuseTimer(every interval: Duration, _ fileID: StaticString, _ line: UInt) -> TimerReference {
    runtime.refuseTimer(every: interval, fileID, line, metadata: metadata)
  }
}
