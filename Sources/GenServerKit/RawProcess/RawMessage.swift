/// What lies in a raw process's mailbox.
struct RawMessage {
  let value: any Sendable
  /// Whose end the value tells of, if it is a `Down`.
  let monitor: ProcessMonitor?

  /// Whether it tells of a watch that was ended meanwhile, and is to be left out.
  var isVoid: Bool { monitor.map { !$0.isOnItsWay } ?? false }

  /// The value as one of that type.
  @inline(__always) func value<Message>(as type: Message.Type) -> Message? {
    if let message = value as? Message { message } else { nil }
  }
}
