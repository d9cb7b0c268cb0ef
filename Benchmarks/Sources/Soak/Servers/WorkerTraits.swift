import GenServerKit

/// What is different from one worker to the next.
struct WorkerTraits: Sendable {
  let isAsync: Bool
  /// Nobody ends it before the round does.
  let isSteady: Bool
  let whenFull: OverflowPolicy?
  let limit: Int
  let lending: StartOption.CallsInPlace
  let hibernates: Bool
  /// Whether it belongs to the other runtime of the round.
  let isAbroad: Bool
  /// Whether few waiting messages are enough for a warning.
  let warnsSoon: Bool

  static func random(isSteady: Bool, using random: inout SeededGenerator) -> Self {
    let policies: [OverflowPolicy?] = [nil, nil, nil, .refuse, .dropOldest, .dropNewest, .wait]
    let lendings: [StartOption.CallsInPlace] = [.never, .whenFast, .whenFast, .whenFast, .always]
    return Self(
      isAsync: random.oneIn(2), isSteady: isSteady, whenFull: policies[random.below(policies.count)],
      limit: 1 + random.below(random.oneIn(2) ? 4 : 64), lending: lendings[random.below(lendings.count)],
      hibernates: random.oneIn(8), isAbroad: random.oneIn(2), warnsSoon: random.oneIn(4))
  }

  /// Whether a message that was taken may still be dropped.
  var dropsTaken: Bool { whenFull == .dropOldest }

  /// Whether a call may be turned away.
  var overloads: Bool { whenFull.map { $0 != .wait } ?? false }

  var options: [StartOption] {
    var options: [StartOption] = [.callsInPlace(lending)]
    if let whenFull { options.append(.mailbox(limit: limit, whenFull: whenFull)) }
    if warnsSoon { options.append(.mailbox(highWaterMark: 8)) }
    if hibernates { options.append(.hibernate(after: .milliseconds(5))) }
    return options
  }
}
