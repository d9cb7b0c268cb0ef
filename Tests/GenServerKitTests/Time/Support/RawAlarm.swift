import GenServerKit

/// The same as a raw process.
enum RawAlarm {
  struct Command: Sendable {
    let act: @Sendable (RawProcess) -> Void
  }

  static func start(_ log: AlarmLog) -> PID {
    spawn { process in
      while true {
        switch try await process.receive() {
        case let text as String: log.write(text, at: process.now)
        case let info as AlarmInfo: if case .ring(let text) = info { log.write(text, at: process.now) }
        case let report as TimerMessage<String>: log.write(report.message, at: process.now, report.timer)
        case let command as Command: command.act(process)
        case let exit as Exit:
          log.write("exit by \(exit.pid == process.pid ? "nobody" : "somebody"): \(exit.reason)", at: process.now)
        case let other: log.write("unexpected \(other)", at: process.now)
        }
      }
    }
  }

  /// Runs it in the process's body; throws if the process has ended.
  static func perform<Value: Sendable>(
    in pid: PID, _ act: @escaping @Sendable (RawProcess) -> Value
  ) async throws -> Value {
    try await pid.ask(Value.self, timeout: .infinity) { asker in Command { asker.send(act($0)) } }
  }
}
