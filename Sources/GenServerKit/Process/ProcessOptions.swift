/// The start options of one process, checked.
@usableFromInline struct ProcessOptions {
  var mailboxLimit: (limit: Int, whenFull: OverflowPolicy)?
  var highWaterMark: UInt32 = 100_000
  var abandonedRequests = StartOption.AbandonedRequests.skip
  var lending = StartOption.CallsInPlace.whenFast
  /// The faults that a test injects; only a process whose mailbox is limited has them.
  private(set) var faults: FaultPlan?
  /// The idle time before it hibernates, in nanoseconds.
  @usableFromInline var hibernateAfter: Int64?

  @usableFromInline var isBounded: Bool { mailboxLimit != nil }

  /// Makes the options of a process that is given none.
  init() {}

  @usableFromInline init(_ options: [StartOption]) throws(StartError) {
    for option in options {
      switch option.choice {
      case .mailbox(let limit, _) where limit < 1:
        throw .invalidOption("mailbox(limit: \(limit)): a mailbox needs room for one message at least")
      case .mailbox(let limit, let whenFull): mailboxLimit = (limit, whenFull)
      case .highWaterMark(let mark) where mark < 1:
        throw .invalidOption("mailbox(highWaterMark: \(mark)): the mark must be 1 or more")
      case .highWaterMark(let mark): highWaterMark = UInt32(Int32(clamping: mark))
      case .abandonedRequests(let choice): abandonedRequests = choice
      case .callsInPlace(let choice): lending = choice
      case .hibernate(let idle) where idle < .zero:
        throw .invalidOption("hibernate(after: \(idle)): the time must not be negative")
      case .hibernate(let idle): hibernateAfter = max(1_000_000, idle.wholeNanoseconds)
      }
    }
  }

  /// Injects faults. The process then takes messages one by one, and never on the thread of a caller.
  mutating func inject(_ injection: FaultBook.Injection) {
    if injection.entry.messages.isEmpty, injection.entry.replies.isEmpty { return }
    injection.started()
    faults = FaultPlan(injection)
    if mailboxLimit == nil { mailboxLimit = (limit: .max, whenFull: .refuse) }
    lending = .never
  }
}
