/// The fate of a message at the moment it was sent.
///
/// ```swift
/// if cache.cast(.put(key, value)) == .refused { skipped += 1 }
/// ```
///
/// It does not tell whether the message will be handled: only an answer does.
@nonexhaustive public enum Delivery: Sendable {
  /// The message lies in the mailbox.
  case enqueued

  /// The mailbox is full and took nothing.
  case refused

  /// The mailbox is full, and its policy drops the newest message.
  case dropped

  /// The process has ended, or no process holds the name.
  case noProcess
}
