import GenServerKit

/// A timer that a process is to set for itself.
enum AlarmWish: Sendable {
  case after(Duration)
  case at(ContinuousClock.Instant)
  case every(Duration)
  /// The kind whose message carries the reference.
  case reportingAfter(Duration)
  case reportingAt(ContinuousClock.Instant)

  func set<Server: Alarm>(_ text: String, in context: ServerContext<Server>) -> TimerReference {
    switch self {
    case .after(let delay): context.send(.ring(text), after: delay)
    case .at(let instant): context.send(.ring(text), at: instant)
    case .every(let interval): context.send(.ring(text), every: interval)
    case .reportingAfter(let delay): context.send(after: delay) { .report(text, $0) }
    case .reportingAt(let instant): context.send(at: instant) { .report(text, $0) }
    }
  }

  func set(_ text: String, in process: RawProcess) -> TimerReference {
    switch self {
    case .after(let delay): process.send(text, after: delay)
    case .at(let instant): process.send(text, at: instant)
    case .every(let interval): process.send(text, every: interval)
    case .reportingAfter(let delay): process.startTimer(text, after: delay)
    case .reportingAt(let instant): process.startTimer(text, at: instant)
    }
  }
}
