/// The run right of a process as a value: it says who may run the process, and what the holder has to check before
/// letting go.
///
/// Every step that a thread makes with the run right is a function here. It takes the word that the thread sees to the
/// word that it leaves, and says what the thread has to do then. `ProcessCore` makes the same steps with atomic
/// instructions, and takes the words for them from here; the explorer of the tests makes them in every order.
///
/// There are two kinds of steps. An `Exchange` is possible from one word alone, and is a single compare-exchange.
/// Setting and taking away marks is possible from any word.
struct RunRight: Hashable, Sendable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Nobody runs the process, and a caller may. There are two kinds of idle, so that asking whether a process lends
  /// costs nothing.
  static var idle: RunRight { RunRight(rawValue: 0) }
  /// Somebody holds the run right.
  static var running: RunRight { RunRight(rawValue: 1) }
  /// A mark: something came meanwhile, and the holder must look before letting go.
  static var more: RunRight { RunRight(rawValue: 2) }
  /// Nobody runs the process, and only the scheduler may.
  static var idleNotLending: RunRight { RunRight(rawValue: 4) }
  /// A mark: an exit signal has come.
  static var exiting: RunRight { RunRight(rawValue: 8) }
  /// A mark: the end has begun. What is dropped from now on is not lost, its callers hear the reason.
  static var ending: RunRight { RunRight(rawValue: 16) }
  /// A mark: the process has ended. Never taken back.
  static var dead: RunRight { RunRight(rawValue: 32) }
  /// The process is idle, does not lend, and has not run since a timer looked.
  static var idleForLong: RunRight { RunRight(rawValue: 64) }
  /// The process is idle, does not lend, and has given up spare memory.
  static var hibernating: RunRight { RunRight(rawValue: 128) }

  func has(_ marks: RunRight) -> Bool { rawValue & marks.rawValue == marks.rawValue }

  func hasAny(of marks: RunRight) -> Bool { rawValue & marks.rawValue != 0 }

  /// Whether something has the run right: a thread, an activation, or the scheduler's queue.
  var isHeld: Bool { has(.running) }

  /// Whether the end has begun, or will when the handler that runs has returned.
  var isDoomed: Bool { hasAny(of: .ending.with(.exiting)) }
}

extension RunRight {
  /// A step that is possible from one word only: any mark, and any other kind of idle, makes it fail.
  struct Exchange: Hashable, Sendable {
    let expected: RunRight
    let desired: RunRight

    /// The word after the step; nil when the step fails and changes nothing.
    func applied(to word: RunRight) -> RunRight? { word == expected ? desired : nil }
  }
}

// The steps from one word to one other.
extension RunRight.Exchange {
  /// A caller takes the run right of an idle process that lends its handlers to callers. If this fails the caller
  /// queues its request.
  static var borrowing: Self { Self(expected: .idle, desired: .running) }

  /// A caller takes the run right of an idle process that does not lend, because the scheduler allows it or because the
  /// caller ends the process.
  static var takingUnlent: Self { Self(expected: .idleNotLending, desired: .running) }

  /// The holder lets go. If this fails there is a mark: the holder still has the run right, and looks again or hands it
  /// to the scheduler.
  static func lettingGo(to idle: RunRight) -> Self { Self(expected: .running, desired: idle) }

  /// A lender whose thread was held too long, and that does not have the run right, makes an idle process lend no more.
  static func ceasingToLend(to idle: RunRight) -> Self { Self(expected: .idle, desired: idle) }

  /// A timer marks the process that it finds idle; there is one step for each kind of idle. Whoever runs the process
  /// takes the mark away without looking, since the run right never goes back to this word.
  static var noticingIdleness: [Self] {
    [
      Self(expected: .idle, desired: .idleForLong), Self(expected: .idleNotLending, desired: .idleForLong),
    ]
  }

  /// At its next look the timer finds that nobody has run the process since, and takes the run right, so that the
  /// process gives up memory.
  static var takingIdleForLong: Self { Self(expected: .idleForLong, desired: .running) }

  /// The holder lets go after giving up memory. If this fails, the holder hands the run right to the scheduler.
  static var hibernatingNow: Self { Self(expected: .running, desired: .hibernating) }
}

// Marks.
extension RunRight {
  /// The result of setting marks.
  enum Marking: Hashable, Sendable {
    /// The marks are there already: the holder will see them, and nothing is written.
    case isMarked
    /// The holder will see the marks.
    case marks(RunRight)
    /// The process was idle: the thread that set the marks now has the run right, and has to hand it to the scheduler.
    case takes(RunRight)

    /// The word after the step; nil when nothing is written.
    var next: RunRight? {
      switch self {
      case .isMarked: nil
      case .marks(let next), .takes(let next): next
      }
    }

    var takesRunRight: Bool {
      if case .takes = self { true } else { false }
    }
  }

  /// Sets `marks`, and takes the run right if nobody has it. A thread that takes it does not set *more*, since the
  /// holder looks anyway.
  func marking(_ marks: RunRight) -> Marking {
    if !isHeld { return .takes(RunRight.running.with(marks.without(.more))) }
    if has(marks) { return .isMarked }
    return .marks(with(marks))
  }

  /// The marks for a message in a mailbox that was empty.
  static var messageMarks: RunRight { .more }

  /// The marks for an exit signal.
  static var exitMarks: RunRight { .exiting.with(.more) }

  /// Sets marks, whatever others have set. The holder uses it: for *more* for itself, for *ending*, and at last for
  /// *dead*.
  func with(_ marks: RunRight) -> RunRight { RunRight(rawValue: rawValue | marks.rawValue) }

  /// Takes marks away. The holder does so with *more* before it looks at the mailbox, so that what comes after the look
  /// sets it again.
  func without(_ marks: RunRight) -> RunRight { RunRight(rawValue: rawValue & ~marks.rawValue) }
}
