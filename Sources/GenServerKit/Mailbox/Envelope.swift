/// What lies in a mailbox.
@usableFromInline struct Envelope<Server: GenServer>: Sendable {
  @usableFromInline enum Message: Sendable {
    case call(Server.Call, ReplyNode)
    case cast(Server.Cast)
    case info(Server.Info)
    /// A message that is not of the server's own `Info`, in a box, which keeps the others small.
    case foreign(ForeignMessage)
    case system(SystemMessage)
  }

  @usableFromInline let message: Message

  /// What is not in ordinary traffic: who sent a foreign message, who waits for room.
  @usableFromInline let attachment: MessageAttachment?

  @inlinable init(_ message: consuming Message, attachment: consuming MessageAttachment? = nil) {
    self.message = message
    self.attachment = attachment
  }

  /// Whether a bound counts it and may drop it.
  @inlinable var isBounded: Bool {
    if case .system = message { return false }
    return attachment?.passesBound != true
  }
}

@usableFromInline final class ForeignMessage: Sendable {
  let value: any Sendable
  init(_ value: any Sendable) { self.value = value }
}

/// What the runtime itself asks of a process, in the order of its mailbox.
@usableFromInline indirect enum SystemMessage: Sendable {
  /// End with this reason, after `terminate`.
  case stop(ExitReason)

  /// The idle time may be over.
  case idleCheck
}

/// The rare companions of a message.
@usableFromInline final class MessageAttachment: Sendable {
  /// The process that sent a foreign message.
  let sender: PID?

  /// The sender that waits until the message has come within the mailbox's bound.
  @usableFromInline let admission: Waiter?

  /// A timer's message: it is the server's own wish, and is never refused.
  @usableFromInline let passesBound: Bool

  @usableFromInline init(sender: PID? = nil, admission: Waiter? = nil, passesBound: Bool = false) {
    self.sender = sender
    self.admission = admission
    self.passesBound = passesBound
  }
}
