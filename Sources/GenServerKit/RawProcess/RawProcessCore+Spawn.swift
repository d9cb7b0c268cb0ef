extension RawProcessCore {
  /// Makes a process whose body the scheduler will begin.
  static func spawn(
    _ body: sending @escaping (RawProcess) async throws -> Void, at site: SpawnSite, linkedTo parent: ProcessCore? = nil
  ) -> PID {
    let (runtime, starter) = parent.map { ($0.runtime, $0) } ?? Runtime.surroundings
    return spawn(body, at: site, in: runtime, startedBy: starter, linkedTo: parent)
  }

  static func spawn(
    _ body: sending @escaping (RawProcess) async throws -> Void, at site: SpawnSite, in runtime: Runtime,
    startedBy starter: ProcessCore? = nil, linkedTo parent: ProcessCore? = nil
  ) -> PID {
    let process = RawProcessCore(in: runtime, at: site, body: body)
    let isRefused = process.enter(startedBy: starter) != nil
    if let parent { process.adopt(by: parent) }
    process.begin(isRefused: isRefused)
    return PID(process)
  }

  /// Spawns a process when a timer's time has come, unless the timer was cancelled meanwhile.
  static func spawn(
    _ body: sending @escaping (RawProcess) async throws -> Void, at site: SpawnSite, in runtime: Runtime,
    by timer: OwnedTimer
  ) {
    let process = RawProcessCore(in: runtime, at: site, body: body)
    // Nothing is started in a runtime that is shut down.
    if process.enter(by: timer) == nil { process.begin(isRefused: false) }
  }

  /// Begins the process. One that cannot be started ends at once: because the runtime is shut down, or because there is
  /// no thread for it, which is logged.
  func begin(isRefused: Bool) {
    if isRefused { return endUnbegun(.shutdown) }
    if let shortage = runtime.threadShortage {
      let reason = ExitReason.failure(shortage)
      // A timer may have spawned it.
      runtime.log.write { [self] _ in logCrash(reason) }
      return endUnbegun(reason)
    }
    submit()
  }

  private func endUnbegun(_ reason: ExitReason) {
    leaveStarter(endingWith: reason)
    die(reason)
  }

  func monitor(_ target: ProcessCore, name: String?) -> Monitor {
    let monitor = keptAgain(on: target, name: name) ?? keep(ProcessMonitor(self, on: target, name: name))
    monitor.start()
    return Monitor(monitor)
  }

  enum Received<Message> {
    case message(Message)
    case down(ExitReason)
    case timeout
  }

  /// Receives the first message of that type, or the end of the process that should send it.
  nonisolated(nonsending) func receive<Message: Sendable>(
    _ type: Message.Type, orDownBy monitor: Monitor, until deadline: Int64
  ) async throws(ExitReason) -> Received<Message> {
    let received = try await receive(until: deadline) { message in
      if message.monitor === monitor.core { return .wanted }
      return message.value(as: type) == nil ? message.answerToOtherTypes : .wanted
    }
    // The result is unwrapped first: a time-out is no message, even where nil could be one.
    guard let received else { return .timeout }
    if let down = received as? Down, down.monitor == monitor { return .down(down.reason) }
    return if let message = received as? Message { .message(message) } else { .timeout }
  }
}

extension Runtime {
  /// Spawns a process in this runtime, wherever the call comes from.
  package func spawn(
    fileID: StaticString, line: UInt, _ body: sending @escaping (RawProcess) async throws -> Void
  ) -> PID { RawProcessCore.spawn(body, at: SpawnSite(fileID, line), in: self, startedBy: ProcessCore.ambient) }
}
