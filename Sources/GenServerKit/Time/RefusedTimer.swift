internal import Logging

// A repeated timer without an interval would do nothing but fire. Such an interval mostly comes from a configuration, so
// whoever set the timer is named, and the server goes on without it.
extension Runtime {
  /// Logs who asked for it; returns one that is over.
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
