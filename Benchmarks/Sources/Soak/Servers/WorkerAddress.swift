import GenServerKit

/// A worker of either kind.
enum WorkerAddress: Hashable, Sendable {
  case plain(ServerRef<PlainWorker>)
  case awaiting(ServerRef<AsyncWorker>)

  var pid: PID? {
    switch self {
    case .plain(let worker): worker.pid
    case .awaiting(let worker): worker.pid
    }
  }

  func cast(_ letter: Letter) -> Delivery {
    switch self {
    case .plain(let worker): worker.cast(.letter(letter))
    case .awaiting(let worker): worker.cast(.letter(letter))
    }
  }

  func send(_ letter: Letter) -> Delivery {
    switch self {
    case .plain(let worker): worker.send(.letter(letter))
    case .awaiting(let worker): worker.send(.letter(letter))
    }
  }

  func cast(_ letter: Letter, whenFull: OverflowPolicy, timeout: Timeout) async throws(CallError) {
    switch self {
    case .plain(let worker): try await worker.cast(.letter(letter), whenFull: whenFull, timeout: timeout)
    case .awaiting(let worker): try await worker.cast(.letter(letter), whenFull: whenFull, timeout: timeout)
    }
  }

  func call(_ job: Job, timeout: Timeout) async throws(CallError) -> Answer {
    switch self {
    case .plain(let worker): try await worker.call(timeout: timeout) { .job(job, $0) }
    case .awaiting(let worker): try await worker.call(timeout: timeout) { .job(job, $0) }
    }
  }

  func sendRequest(_ job: Job) -> PendingReply<Answer> {
    switch self {
    case .plain(let worker): worker.sendRequest { .job(job, $0) }
    case .awaiting(let worker): worker.sendRequest { .job(job, $0) }
    }
  }

  func tally(timeout: Timeout) async throws(CallError) -> Tally {
    switch self {
    case .plain(let worker): try await worker.call(timeout: timeout) { .tally($0) }
    case .awaiting(let worker): try await worker.call(timeout: timeout) { .tally($0) }
    }
  }

  func stop(timeout: Timeout) async throws(CallError) {
    switch self {
    case .plain(let worker): try await worker.stop(timeout: timeout)
    case .awaiting(let worker): try await worker.stop(timeout: timeout)
    }
  }

  func suspend(timeout: Timeout) async throws(CallError) {
    switch self {
    case .plain(let worker): try await Sys.suspend(worker, timeout: timeout)
    case .awaiting(let worker): try await Sys.suspend(worker, timeout: timeout)
    }
  }

  func resume(timeout: Timeout) async throws(CallError) {
    switch self {
    case .plain(let worker): try await Sys.resume(worker, timeout: timeout)
    case .awaiting(let worker): try await Sys.resume(worker, timeout: timeout)
    }
  }

  func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference {
    switch self {
    case .plain(let worker): worker.exit(reason, after: delay)
    case .awaiting(let worker): worker.exit(reason, after: delay)
    }
  }
}
