import GenServerKit

/// What is different from one worker to the next.
struct WorkerTraits: Sendable {
  let isAsync: Bool
  /// Nobody ends it before the round does.
  let isSteady: Bool
  let whenFull: FullMailbox?
  let limit: Int
  let lending: StartOption.Lending
  let hibernates: Bool

  static func random(isSteady: Bool, using random: inout SeededGenerator) -> Self {
    let policies: [FullMailbox?] = [nil, nil, nil, .refuse, .dropOldest, .dropNewest, .wait]
    let lendings: [StartOption.Lending] = [.never, .earned, .earned, .earned, .fromTheFirstCall]
    return Self(
      isAsync: random.oneIn(2), isSteady: isSteady, whenFull: policies[random.below(policies.count)],
      limit: 1 + random.below(random.oneIn(2) ? 4 : 64), lending: lendings[random.below(lendings.count)],
      hibernates: random.oneIn(8))
  }

  /// Whether a message that was taken may still be dropped.
  var dropsTaken: Bool { whenFull == .dropOldest }

  /// Whether a call may be turned away.
  var overloads: Bool { whenFull.map { $0 != .wait } ?? false }

  var options: [StartOption] {
    var options: [StartOption] = [.lending(lending)]
    if let whenFull { options.append(.mailbox(limit: limit, whenFull: whenFull)) }
    if hibernates { options.append(.hibernate(after: .milliseconds(5))) }
    return options
  }
}
