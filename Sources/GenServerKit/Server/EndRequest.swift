/// A request to end a process, by a handler or from outside, with all that is needed until `terminate` has run.
@usableFromInline final class EndRequest: @unchecked Sendable {
  // Unchecked: belongs to the holder of the run right.
  @usableFromInline let reason: ExitReason
  /// The last message, for the crash report.
  @exclusivity(unchecked) @usableFromInline var message: Any?
  /// An answer that is sent after `terminate`; its node is claimed and the value written.
  @exclusivity(unchecked) @usableFromInline var reply: ReplyNode?

  @usableFromInline init(_ reason: ExitReason, message: Any? = nil, reply: ReplyNode? = nil) {
    self.reason = reason
    self.message = message
    self.reply = reply
  }
}
