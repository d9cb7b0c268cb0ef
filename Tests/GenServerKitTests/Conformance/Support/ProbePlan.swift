import GenServerKit
import Testing

/// What `initialize` of a probe does.
struct ProbePlan: Sendable {
  /// A way not to start.
  enum Failure: Sendable {
    case ignore
    case stop(ExitReason)
    case error(ExitReason)
    case throwError(ProbeError)
    case throwReason(ExitReason)
  }

  var failure: Failure?
  var journal = Journal()
  /// Where it waits before it returns.
  var gate: Gate?
  /// What it holds while it runs.
  var resource: ExclusiveResource?
  /// Whether async handlers really suspend.
  var suspends = false

  func begin(_ pid: PID) throws {
    journal.initializes(pid)
    try resource?.claim()
  }

  func end() { resource?.release() }
}

extension ProbePlan.Failure: CustomTestStringConvertible {
  static let all: [Self] = [
    .ignore, .stop(.failure(ProbeError("stop"))), .stop(.shutdown), .error(.failure(ProbeError("error"))),
    .throwError(ProbeError("throw")), .throwReason(.shutdownBecause("thrown")),
  ]

  /// What the starter gets.
  var startError: StartError {
    switch self {
    case .ignore: .ignored
    case .stop(let reason), .error(let reason), .throwReason(let reason): .failed(reason)
    case .throwError(let error): .failed(.failure(error))
    }
  }

  /// Why the process ended.
  var exitReason: ExitReason {
    switch self {
    case .ignore, .error: .normal
    case .stop(let reason), .throwReason(let reason): reason
    case .throwError(let error): .failure(error)
    }
  }

  var testDescription: String {
    switch self {
    case .ignore: "ignore"
    case .stop(let reason): "stop(\(reason))"
    case .error(let reason): "error(\(reason))"
    case .throwError: "throws an error"
    case .throwReason: "throws a reason"
    }
  }
}
