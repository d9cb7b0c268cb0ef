/// A message in a mailbox, with the rare attachments that it may have.
///
/// It is moved and never copied: each copy would retain the reply handle, on the hot path, and a copy that stayed
/// behind would keep the caller of a dropped handle waiting.
@usableFromInline enum Envelope<Server: GenServer>: ~Copyable, Sendable {
  case call(Server.Call, ReplyNode)
  case cast(Server.Cast, MessageAttachment?)
  case info(Server.Info, MessageAttachment?)
  /// A message that is not of the server's own `Info` type. It is in a box, which keeps the other cases small.
  case foreign(ForeignMessage)
  case system(SystemMessage)

  /// Whether the mailbox's bound counts the message and may drop it.
  var isBounded: Bool {
    switch self {
    case .call: true
    case .cast: true
    case .info(_, let attachment): attachment?.passesBound != true
    case .foreign: true
    case .system: false
    }
  }

  /// Whether this is the message of that watch.
  func tells(of monitor: ProcessMonitor) -> Bool {
    switch self {
    case .system(.down(let other, _)): other === monitor
    case .system: false
    case .call: false
    case .cast: false
    case .info: false
    case .foreign: false
    }
  }

  /// Whether it is a request for whose answer nobody waits any more.
  var isAbandoned: Bool {
    switch self {
    case .call(_, let node): node.isAbandoned
    case .cast: false
    case .info: false
    case .foreign: false
    case .system: false
    }
  }

  /// Whether a suspended server handles it.
  func isUrgent(forChildOf parent: ProcessCore?) -> Bool {
    switch self {
    case .system(let message): message.isUrgent(forChildOf: parent)
    case .call: false
    case .cast: false
    case .info: false
    case .foreign: false
    }
  }

  consuming func takeSystem() -> SystemMessage? {
    switch consume self {
    case .system(let message): message
    case .call: nil
    case .cast: nil
    case .info: nil
    case .foreign: nil
    }
  }

  /// The handle of a request, to tell its caller what became of it.
  consuming func takeNode() -> ReplyNode? {
    switch consume self {
    case .call(_, let node): node
    case .cast: nil
    case .info: nil
    case .foreign: nil
    case .system: nil
    }
  }
}

@usableFromInline final class ForeignMessage: Sendable {
  let value: any Sendable
  /// The process that sent it.
  let sender: PID?
  /// Of a repeated timer.
  let tick: TimerTick?

  init(_ value: any Sendable, from sender: PID?, _ tick: TimerTick? = nil) {
    self.value = value
    self.sender = sender
    self.tick = tick
  }
}

/// A request of the runtime itself to a process, handled in the order of the mailbox.
@usableFromInline indirect enum SystemMessage: Sendable {
  /// The process has to end with this reason, after `terminate`.
  case stop(ExitReason)

  /// The idle time with this serial number may be over.
  case idleCheck(UInt32)

  /// A watched process has ended.
  case down(ProcessMonitor, ExitReason)

  /// An exit signal for a process that traps exits. It carries the translation that was set when the signal came: an
  /// `ExitTranslation` of the server's type.
  case exit(PID, ExitReason, translation: (any AnyObject & Sendable)?)

  /// The answer to a request of the server's own, or the outcome of one of its tasks: an `AnsweredRequest` of its type,
  /// or a `ServerTaskCore`.
  case answer(any AnyObject & Sendable)

  /// Work for a request of `Sys`: a `SystemTask` of the server's type.
  case perform(any AnyObject & Sendable)

  /// Whether the message tells of the end of a process that is no longer watched.
  var isVoid: Bool {
    if case .down(let monitor, _) = self { return !monitor.isOnItsWay }
    return false
  }

  fileprivate func isUrgent(forChildOf parent: ProcessCore?) -> Bool {
    switch self {
    case .stop, .perform: true
    case .exit(let pid, _, _): pid.core === parent
    case .idleCheck, .down, .answer: false
    }
  }
}

/// The rare attachments of a message.
@usableFromInline final class MessageAttachment: Sendable {
  /// Whether the message passes the bound. That of a server's own timer does: the server wished for it, and it is never
  /// refused.
  let passesBound: Bool

  /// Of a repeated timer.
  let tick: TimerTick?

  private static let ofTimers = MessageAttachment(passesBound: true)

  private init(passesBound: Bool, tick: TimerTick? = nil) {
    self.passesBound = passesBound
    self.tick = tick
  }

  /// The attachment for a timer's message, whether the server set the timer or somebody else did; nil if there is
  /// nothing to record.
  static func ofTimer(_ tick: TimerTick?, passesBound: Bool) -> MessageAttachment? {
    guard let tick else { return passesBound ? ofTimers : nil }
    return MessageAttachment(passesBound: passesBound, tick: tick)
  }

  /// Called by the process when it takes the message out of the mailbox. Returns whether its repeated timer was
  /// cancelled meanwhile.
  @usableFromInline var isWithdrawn: Bool { tick.map { !$0.take() } ?? false }
}
