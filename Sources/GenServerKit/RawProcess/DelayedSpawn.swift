/// Starts a process after `delay`; it lives as long as `body` runs. See `timer:apply_after/2` in OTP.
///
/// ```swift
/// let cleanUp = spawn(after: .seconds(60)) { process in
///   try await removeTemporaryFiles()
/// }
/// cleanUp.cancel()
/// ```
///
/// The process is linked to none, and starts even if the process that asked for it has ended. An error that leaves the
/// body becomes its exit reason. In a runtime that is shut down nothing is started. Cancelling the timer does nothing
/// to a process that has started.
@discardableResult public func spawn(
  after delay: Duration, fileID: StaticString = #fileID, line: UInt = #line,
  _ body: @escaping @Sendable (RawProcess) async throws -> Void
) -> TimerReference {
  let runtime = Runtime.current
  let site = SpawnSite(fileID, line)
  return runtime.timers.start(.after(delay), sending: { RawProcessCore.spawn(body, at: site, in: runtime, by: $0) })
}

/// Starts a process after each interval, even while earlier ones still run; see `timer:apply_interval/2` in OTP.
///
/// ```swift
/// let pulse = spawn(every: .seconds(10)) { process in
///   try await reportHealth()
/// }
/// ```
///
/// The timer ends with the process that asked for it, as in OTP, or else when the runtime is shut down; processes that
/// it has started go on. A body that takes longer than the interval runs several times at once. To do one thing after
/// the other, use a single process that sends itself a message at intervals with `process.send(_:every:)`. An interval
/// that passes while the machine is busy is skipped. An interval of less than a microsecond counts as a microsecond. An
/// interval of zero or less is refused with an error in the log, and the timer is over.
@discardableResult public func spawn(
  every interval: Duration, fileID: StaticString = #fileID, line: UInt = #line,
  _ body: @escaping @Sendable (RawProcess) async throws -> Void
) -> TimerReference {
  let runtime = Runtime.current
  let site = SpawnSite(fileID, line)
  guard interval > .zero else { return runtime.refuseTimer(every: interval, fileID, line) }
  let timers = ProcessCore.ambient?.timers ?? runtime.timers
  return timers.start(.every(interval), sending: { RawProcessCore.spawn(body, at: site, in: runtime, by: $0) })
}
