/// What became of a message at the moment it was sent.
///
/// ```swift
/// if cache.cast(.put(key, value)) == .refused { skipped += 1 }
/// ```
///
/// It says nothing about whether the message will be handled: only an answer does.
@nonexhaustive public enum Delivery: Sendable {
  /// The message lies in the mailbox.
  case enqueued

  /// The mailbox is full and took nothing.
  case refused

  /// The mailbox is full, and its policy lets go of the newest message.
  case dropped

  /// No process is there, or no process holds the name.
  case noProcess
}
