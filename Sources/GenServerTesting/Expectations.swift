public import GenServerKit

/// Waits until the server has ended, and returns the reason.
///
/// ```swift
/// counter.cast(.fail)
/// #expect(try await expectExit(of: counter) == .failure(Counter.Broken()))
/// ```
///
/// For a server that has ended already it returns the reason at once, and for a name that nobody holds `noProcess`.
/// When the end of a server that `TestRuntime.start` has started is expected in this way, its crash does not fail the
/// test.
///
/// The time limit is real time, even where a test's clock stands still. Where a test moves the clock, time by that
/// clock counts too, whichever is over first. In a simulation only the simulation's time counts.
///
/// - Throws: `ExpectationFailure` if it has not ended when the time is up, or the task is cancelled.
@discardableResult nonisolated(nonsending) public func expectExit<Server: GenServer>(
  of server: ServerRef<Server>, within timeout: Duration = .seconds(5), fileID: StaticString = #fileID,
  filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) async throws(ExpectationFailure) -> ExitReason {
  // For a name that nobody holds the answer comes at once.
  guard let pid = server.pid else { return await server.waitForExit() }
  return try await expectExit(
    of: pid, within: timeout, fileID: fileID, filePath: filePath, line: line, column: column)
}

/// Waits until the process has ended, and returns the reason; see `expectExit(of:within:)` for a server.
@discardableResult nonisolated(nonsending) public func expectExit(
  of pid: PID, within timeout: Duration = .seconds(5), fileID: StaticString = #fileID,
  filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) async throws(ExpectationFailure) -> ExitReason {
  StartedProcesses.expectExit(of: pid)
  let limit = WaitLimit(timeout, in: pid.core.runtime)
  if let reason = await pid.core.waitForExit(limit) { return reason }
  throw ExpectationFailure(
    "waited \(timeout) for the end of \(pid.core.title), which is \(pid.doing)",
    at: SourcePlace(fileID, filePath, line, column))
}

extension RawProcess {
  /// Receives a message of that type that `isWanted` accepts, or throws with what was in the mailbox instead.
  ///
  /// ```swift
  /// try await withProcess { process in
  ///   let order = try await process.expect(Order.self) { $0.id == 7 }
  ///   ...
  /// }
  /// ```
  ///
  /// Other messages stay where they are. The time limit works as in `expectExit(of:within:)`. When the message is a
  /// `Down` or an `Exit`, the end of which it tells counts as expected.
  ///
  /// - Throws: `ExpectationFailure` when the time is up, the task is cancelled, or the process has been told to exit.
  @discardableResult nonisolated(nonsending) public func expect<Message: Sendable>(
    _ type: Message.Type, within timeout: Duration = .seconds(5), fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column,
    where isWanted: (Message) -> Bool = { _ in true }
  ) async throws(ExpectationFailure) -> Message {
    let place = SourcePlace(fileID, filePath, line, column)
    let why: String
    do throws(ExitReason) {
      if let message = try await receive(type, WaitLimit(timeout, in: pid.core.runtime), where: isWanted) {
        noteEnd(message)
        return message
      }
      why = "waited \(timeout)"
    } catch {
      why = if case .failure(is CancellationError) = error { "was cancelled" } else { "was told to exit: \(error)" }
    }
    throw ExpectationFailure(
      "\(why) while a message of type \(Message.self) was expected; \(mailbox); \(others)", at: place)
  }

  /// Receives the `Down` of one watch; see `expect(_:within:where:)`.
  ///
  /// ```swift
  /// let (job, monitor) = try await Job.startMonitored(plan)
  /// #expect(try await process.expectDown(of: monitor).reason == .normal)
  /// ```
  ///
  /// - Throws: `ExpectationFailure`, which says what the process is doing instead of ending.
  @discardableResult nonisolated(nonsending) public func expectDown(
    of monitor: Monitor, within timeout: Duration = .seconds(5), fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async throws(ExpectationFailure) -> Down {
    do {
      return try await expect(
        Down.self, within: timeout, fileID: fileID, filePath: filePath, line: line, column: column
      ) { $0.monitor == monitor }
    } catch {
      throw ExpectationFailure(
        "\(error.message); expected was that of the \(monitor)", at: SourcePlace(fileID, filePath, line, column))
    }
  }

  /// Throws if the mailbox holds anything once all other processes of the runtime wait.
  ///
  /// ```swift
  /// server.cast(.forget(process.pid))
  /// try await process.expectNothing()
  /// ```
  ///
  /// Whether the others wait is judged from outside, as by `TestClock.advance(by:)`: it cannot see what a handler will
  /// do after it has waited for something outside the runtime. No time passes on a test's clock, so the message of a
  /// timer that is due later does not count.
  ///
  /// - Throws: `ExpectationFailure` with what lies in the mailbox.
  nonisolated(nonsending) public func expectNothing(
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) async throws(ExpectationFailure) {
    await pid.core.runtime.settle(except: pid)
    if waitingMessages.isEmpty { return }
    throw ExpectationFailure(
      "no message was expected; \(mailbox)", at: SourcePlace(fileID, filePath, line, column))
  }

  private func noteEnd(_ message: any Sendable) {
    if let down = message as? Down { StartedProcesses.expectExit(of: down.pid) }
    if let exit = message as? Exit { StartedProcesses.expectExit(of: exit.pid) }
  }

  private var mailbox: String {
    let messages = waitingMessages.map { "\(type(of: $0)): \($0)" }
    if messages.isEmpty { return "the mailbox is empty" }
    return "the mailbox holds \(list(messages))"
  }

  private var others: String {
    let others = pid.core.runtime.processes.filter { $0 != pid }.map { "\($0.core.title) is \($0.doing)" }
    return others.isEmpty ? "there is no other process" : list(others)
  }

  private func list(_ texts: [String]) -> String {
    let shown = texts.prefix(10).joined(separator: ", ")
    return texts.count > 10 ? "\(shown), and \(texts.count - 10) more" : shown
  }
}

extension PID {
  /// What the process is doing, for people to read.
  var doing: String {
    var text = core.doing
    if let (faults, count) = core.faultsToCome {
      text += "; still to come is \(faults.names); messages that count and were taken so far: \(count)"
    }
    return text
  }
}
