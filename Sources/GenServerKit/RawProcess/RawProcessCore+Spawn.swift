extension RawProcessCore {
  /// A process whose body the scheduler will begin.
  static func spawn(
    _ body: sending @escaping (RawProcess) async throws -> Void, in runtime: Runtime,
    linkedTo parent: ProcessCore? = nil
  ) -> PID {
    let process = RawProcessCore(in: runtime, body: body)
    let isRefused = process.enter() != nil
    if let parent { process.adopt(by: parent) }
    process.begin(isRefused: isRefused)
    return PID(process)
  }

  /// One that cannot be started because the runtime is shut down ends at once, for reason `shutdown`.
  func begin(isRefused: Bool) { if isRefused { die(.shutdown) } else { submit() } }

  func monitor(_ target: ProcessCore, name: String?) -> Monitor {
    let monitor = ProcessMonitor(self, on: target, name: name)
    monitor.start()
    return Monitor(monitor)
  }

  enum Received<Message> {
    case message(Message)
    case down(ExitReason)
    case timeout
  }

  /// The first message of that type, or the end of the process that should send it.
  nonisolated(nonsending) func receive<Message: Sendable>(
    _ type: Message.Type, orDownBy monitor: Monitor, until deadline: Int64
  ) async throws(ExitReason) -> Received<Message> {
    let received = try await receive(until: deadline) { message in
      message.monitor === monitor.core || message.value(as: type) != nil
    }
    // Unwrapped first: a time-out is no message, also where nil could be one.
    guard let received else { return .timeout }
    if let down = received as? Down, down.monitor == monitor { return .down(down.reason) }
    return if let message = received as? Message { .message(message) } else { .timeout }
  }
}

extension PID {
  /// Sends what `message` makes of the asker's pid, and waits for the answer, a value that is sent to that pid.
  ///
  /// ```swift
  /// let total = try await meter.ask(Int.self) { Question.total(answerTo: $0) }
  /// ```
  ///
  /// The pid is good for this one question: what comes to it later is dropped. See aliases in Erlang.
  ///
  /// - Throws: `noProcess`, `exit` if the process ended before it answered, `overloaded` if its mailbox is full,
  ///   `callingSelf` in the process itself, `timeout`, `cancelled`.
  nonisolated(nonsending) public func ask<Answer: Sendable, Message: Sendable>(
    _ type: Answer.Type, timeout: Timeout = .seconds(5), function: StaticString = #function,
    fileID: StaticString = #fileID, line: UInt = #line, _ message: (PID) -> Message
  ) async throws(CallError) -> Answer {
    let asker = RawProcessCore(in: core.runtime)
    defer { asker.die(.normal) }
    _ = asker.enter()
    let question = message(PID(asker))
    var failure = CallError.timeout()
    if ProcessCore.ownProcess === core {
      failure = .callingSelf()
    } else {
      // Before the question is sent, so that the reason of an end is known.
      let monitor = asker.monitor(core, name: nil)
      switch send(question) {
      case .noProcess: failure = .noProcess()
      case .refused, .dropped: failure = .overloaded()
      case .enqueued:
        do throws(ExitReason) {
          switch try await asker.receive(type, orDownBy: monitor, until: timeout.deadline(in: core.runtime)) {
          case .message(let answer): return answer
          case .down(let reason): failure = .exit(reason)
          case .timeout: break
          }
        } catch {
          failure = .cancelled()
        }
      }
    }
    throw failure.with(
      CallDetails(
        caller: ProcessCore.ambient.map { PID($0) }, server: core.title, verb: "ask",
        request: MessageText.describe(question), timeout: timeout.description,
        site: CallSite(function, fileID, line)))
  }
}
