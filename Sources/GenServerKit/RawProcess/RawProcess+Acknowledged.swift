/// Starts a process, and returns the value that it hands over when it says that it is ready; `:proc_lib.start/3` in
/// OTP.
///
/// ```swift
/// let (listener, port) = try await spawn(waitingFor: Port.self, timeout: .seconds(5)) { process, ready in
///   let socket = try Socket.listen()
///   ready(socket.port)
///   try await serve(socket, process)
/// }
/// ```
///
/// If the process ends before it has acknowledged its start, the start fails at once with the reason of that end. A
/// process that takes longer than `timeout` is killed, and so is one whose starting task is cancelled. When the start
/// throws, the process has ended, unless its body does not return when it is cancelled.
///
/// - Throws: `StartError.failed` with the reason, `timeout`, `cancelled`.
@discardableResult
nonisolated(nonsending) public func spawn<Value: Sendable>(
  waitingFor type: Value.Type, timeout: Timeout = .infinity, fileID: StaticString = #fileID, line: UInt = #line,
  _ body: sending @escaping (RawProcess, StartAcknowledgement<Value>) async throws -> Void
) async throws(StartError) -> (pid: PID, value: Value) {
  try await RawProcessCore.start(body, at: SpawnSite(fileID, line), timeout: timeout)
}

extension RawProcess {
  /// Starts a linked process and returns when it says that it is ready; see `spawn(waitingFor:timeout:_:)`.
  ///
  /// A start that fails throws and sends no exit signal. See `:proc_lib.start_link/3` in OTP.
  @discardableResult nonisolated(nonsending) public func spawnLink<Value: Sendable>(
    waitingFor type: Value.Type, timeout: Timeout = .infinity, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping (RawProcess, StartAcknowledgement<Value>) async throws -> Void
  ) async throws(StartError) -> (pid: PID, value: Value) {
    try await RawProcessCore.start(
      body, at: SpawnSite(fileID, line), startedBy: core, tie: .link(core, in: core.runtime), timeout: timeout)
  }

  /// Starts a process that this one watches from its beginning, and returns when it says that it is ready; see
  /// `spawn(waitingFor:timeout:_:)`.
  ///
  /// A start that fails throws and brings no `Down`. See `:proc_lib.start_monitor/3` in OTP.
  nonisolated(nonsending) public func spawnMonitored<Value: Sendable>(
    waitingFor type: Value.Type, timeout: Timeout = .infinity, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping (RawProcess, StartAcknowledgement<Value>) async throws -> Void
  ) async throws(StartError) -> (pid: PID, monitor: Monitor, value: Value) {
    let watch = StartMonitor(core)
    do throws(StartError) {
      let (pid, value) = try await RawProcessCore.start(
        body, at: SpawnSite(fileID, line), startedBy: core, tie: .monitor(watch), timeout: timeout)
      return (pid, watch.started(pid.core), value)
    } catch {
      watch.cancel()
      throw error
    }
  }
}

extension ServerContext {
  /// Starts a linked process without a server, and returns when it says that it is ready; see
  /// `spawn(waitingFor:timeout:_:)`. It waits, so only async handlers can use it.
  ///
  /// A start that fails throws and sends no exit signal.
  @discardableResult nonisolated(nonsending) public func spawnLink<Value: Sendable>(
    waitingFor type: Value.Type, timeout: Timeout = .infinity, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping (RawProcess, StartAcknowledgement<Value>) async throws -> Void
  ) async throws(StartError) -> (pid: PID, value: Value) {
    try await RawProcessCore.start(
      body, at: SpawnSite(fileID, line), startedBy: process, tie: .link(process, in: process.runtime), timeout: timeout)
  }
}
