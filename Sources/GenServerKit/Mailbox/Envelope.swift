/// What lies in a mailbox: a message, and what is rarely with it.
///
/// It is moved and never copied: each copy would retain the reply handle, on the hot path, and one that stayed behind
/// would keep the caller of a dropped handle waiting.
@usableFromInline enum Envelope<Server: GenServer>: ~Copyable, Sendable {
  case call(Server.Call, ReplyNode)
  case cast(Server.Cast, MessageAttachment?)
  case info(Server.Info, MessageAttachment?)
  /// A message that is not of the server's own `Info`, in a box, which keeps the others small.
  case foreign(ForeignMessage)
  case system(SystemMessage)

  /// Whether a bound counts it and may drop it.
  var isBounded: Bool {
    switch self {
    case .call: true
    case .cast: true
    case .info(_, let attachment): attachment?.passesBound != true
    case .foreign: true
    case .system: false
    }
  }

  /// Whether it is the message of that watch.
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

/// What the runtime itself asks of a process, in the order of its mailbox.
@usableFromInline indirect enum SystemMessage: Sendable {
  /// End with this reason, after `terminate`.
  case stop(ExitReason)

  /// The idle time that was asked for under this number may be over.
  case idleCheck(UInt32)

  /// A watched process has ended.
  case down(ProcessMonitor, ExitReason)

  /// An exit signal, for a process that traps them, with what the process made of such a signal when this one came: an
  /// `ExitTranslation` of its type.
  case exit(PID, ExitReason, translation: (any AnyObject & Sendable)?)

  /// The answer to a request of the server's own, or the outcome of a task of it: an `AnsweredRequest` of its type, or a
  /// `ServerTaskCore`.
  case answer(any AnyObject & Sendable)

  /// Something to do for somebody who looks into the server: a `SystemTask` of its type.
  case perform(any AnyObject & Sendable)

  /// Whether it tells of the end of a process that is watched no longer.
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

/// What is rarely with a message.
@usableFromInline final class MessageAttachment: Sendable {
  /// A timer's message: it is the server's own wish, and is never refused.
  let passesBound: Bool

  /// Of a repeated timer.
  let tick: TimerTick?

  private static let ofTimers = MessageAttachment(passesBound: true)

  private init(passesBound: Bool, tick: TimerTick? = nil) {
    self.passesBound = passesBound
    self.tick = tick
  }

  /// Of a server's timer for itself, and of one that somebody has set for it; what need not be said has none.
  static func ofTimer(_ tick: TimerTick?, passesBound: Bool) -> MessageAttachment? {
    guard let tick else { return passesBound ? ofTimers : nil }
    return MessageAttachment(passesBound: passesBound, tick: tick)
  }

  /// By who takes the message out of the mailbox: whether a repeated timer was cancelled meanwhile.
  @usableFromInline var isWithdrawn: Bool { tick.map { !$0.take() } ?? false }
}
