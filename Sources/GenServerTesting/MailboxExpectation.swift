public import GenServerKit

/// Waits until at least `count` messages lie in the server's mailbox, and returns how many there are.
///
/// ```swift
/// try await Sys.suspend(supervisor)
/// worker.exit(.killed)
/// try await expectMailbox(of: supervisor, toHold: 1)       // the exit, as the supervisor traps exits
/// ```
///
/// Use it for what a test cannot learn otherwise: that an exit signal, a `Down` or an answer lies in the mailbox of a
/// server that is suspended, or busy with something else. The message being handled does not count, nor do those that
/// the server has taken out to handle next. The time limit works as in `expectExit(of:within:)`.
///
/// - Throws: `ExpectationFailure` when the time is up, the server has ended, or the task is cancelled.
@discardableResult nonisolated(nonsending) public func expectMailbox<Server: GenServer>(
  of server: ServerRef<Server>, toHold count: Int, within timeout: Duration = .seconds(5),
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) async throws(ExpectationFailure) -> Int {
  guard let pid = server.pid else {
    throw ExpectationFailure(
      "\(count) messages were expected in the mailbox of \(server), and nobody holds that name",
      at: SourcePlace(fileID, filePath, line, column))
  }
  return try await expectMailbox(
    of: pid, toHold: count, within: timeout, fileID: fileID, filePath: filePath, line: line, column: column)
}

/// Waits until at least `count` messages lie in the process's mailbox; see `expectMailbox(of:toHold:within:)` for a
/// server.
@discardableResult nonisolated(nonsending) public func expectMailbox(
  of pid: PID, toHold count: Int, within timeout: Duration = .seconds(5), fileID: StaticString = #fileID,
  filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) async throws(ExpectationFailure) -> Int {
  let runtime = pid.core.runtime
  let begin = (wall: ContinuousClock.now, own: runtime.now())
  var why = ""
  while why.isEmpty {
    await runtime.pause()
    guard let held = pid.snapshot?.mailboxCount else {
      why = "it has ended"
      break
    }
    if held >= count { return held }
    // In a simulation only its own time counts.
    let passed =
      runtime.isSimulation ? .nanoseconds(runtime.now() - begin.own) : ContinuousClock.now - begin.wall
    if passed > timeout { why = "after \(timeout) it held \(held)" }
    if Task.isCancelled { why = "the task was cancelled when it held \(held)" }
  }
  throw ExpectationFailure(
    "\(count) messages were expected in the mailbox of \(pid.core.title): \(why)",
    at: SourcePlace(fileID, filePath, line, column))
}

extension Runtime {
  /// Waits a moment, in which others get on.
  fileprivate nonisolated(nonsending) func pause() async {
    if let simulation = scheduler as? SimulationScheduler {
      await simulation.waitUntilQuiet()
      _ = await LimitedWait(WaitLimit(.milliseconds(1), in: self)).wait()
    } else {
      await Task.yield()
      try? await Task.sleep(for: .microseconds(200))
    }
  }
}
