import GenServerKit

/// How a timer is set for another process, and the kind of process that it is for.
struct AlarmWay: Sendable {
  enum Address: CaseIterable {
    case pid, reference, name
    /// The same with casts.
    case castByReference, castByName
  }

  let kind: AlarmKind
  let address: Address

  static let all = AlarmKind.allCases.flatMap { kind in
    Address.allCases.filter { kind != .raw || $0 == .pid }.map { AlarmWay(kind: kind, address: $0) }
  }

  /// Those whose timer is the process's, and those whose timer is the runtime's.
  static let byPID = all.filter { !$0.isByName }
  static let byName = all.filter(\.isByName)
  /// Those in which an exit can be asked for.
  static let ofExits = all.filter { !$0.isCast }

  var isByName: Bool { address == .name || address == .castByName }
  private var isCast: Bool { address == .castByReference || address == .castByName }

  /// What the process logs for `text`.
  func line(_ text: String, at milliseconds: Int) -> String { "\(isCast ? "cast " : "")\(text) @\(milliseconds)" }

  /// Sets a timer for the subject, or for who holds the name.
  func send(_ text: String, to subject: AlarmSubject, _ wish: AlarmWish) -> TimerReference {
    isCast ? target(subject).cast(text, wish) : target(subject).send(text, wish)
  }

  func exit(_ subject: AlarmSubject, _ reason: ExitReason, after delay: Duration) -> TimerReference {
    target(subject).exit(reason, after: delay)
  }

  private func target(_ subject: AlarmSubject) -> any AlarmTarget {
    switch address {
    case .pid: subject.pid
    case .reference, .castByReference: subject.reference
    case .name, .castByName: kind.named("alarm")
    }
  }
}

/// What a timer can be set for.
protocol AlarmTarget: Sendable {
  func send(_ text: String, _ wish: AlarmWish) -> TimerReference
  func cast(_ text: String, _ wish: AlarmWish) -> TimerReference
  func exit(_ reason: ExitReason, after delay: Duration) -> TimerReference
}

extension ServerRef: AlarmTarget where Server: Alarm {
  func send(_ text: String, _ wish: AlarmWish) -> TimerReference {
    switch wish {
    case .after(let delay), .reportingAfter(let delay): send(.ring(text), after: delay)
    case .at(let instant), .reportingAt(let instant): send(.ring(text), at: instant)
    case .every(let interval): send(.ring(text), every: interval)
    }
  }

  func cast(_ text: String, _ wish: AlarmWish) -> TimerReference {
    switch wish {
    case .after(let delay), .reportingAfter(let delay): cast(.ring(text), after: delay)
    case .at(let instant), .reportingAt(let instant): cast(.ring(text), at: instant)
    case .every(let interval): cast(.ring(text), every: interval)
    }
  }
}

/// A server gets what is of its `Info`, a raw process the text: either logs both in the same way.
extension PID: AlarmTarget {
  func send(_ text: String, _ wish: AlarmWish) -> TimerReference {
    let message = AlarmInfo.ring(text)
    return switch wish {
    case .after(let delay), .reportingAfter(let delay): send(message, after: delay)
    case .at(let instant), .reportingAt(let instant): send(message, at: instant)
    case .every(let interval): send(message, every: interval)
    }
  }

  func cast(_ text: String, _ wish: AlarmWish) -> TimerReference { send(text, wish) }
}
