/// A request to end a process, by a handler or from outside, with all that is needed until `terminate` has run.
@usableFromInline final class EndRequest: @unchecked Sendable {
  // Unchecked: belongs to the holder of the run right.
  /// The first cause, whatever comes of `terminate`.
  @usableFromInline let reason: ExitReason
  /// The last message, for the crash report.
  @exclusivity(unchecked) @usableFromInline var message: Any?
  /// An answer that is sent after `terminate`; its node is claimed and the value written.
  @exclusivity(unchecked) @usableFromInline var reply: ReplyNode?
  /// Who waits for the answer to the last message, for the crash report.
  @exclusivity(unchecked) var client: Client?
  /// Whether a handler threw after an exit signal had come, and most likely because of that.
  @exclusivity(unchecked) @usableFromInline var followsExit = false
  /// What `terminate` threw.
  @exclusivity(unchecked) @usableFromInline var failure: ExitReason?

  @usableFromInline init(_ reason: ExitReason, message: Any? = nil, reply: ReplyNode? = nil) {
    self.reason = reason
    self.message = message
    self.reply = reply
  }

  /// Whether nobody needs to hear of the end: one that `terminate` made a crash counts, unless a kill came first.
  @usableFromInline func isOrderly(isExiting: Bool) -> Bool {
    reason.isClean && (isExiting || failure?.isClean != false)
  }

  struct Client {
    /// Nil for a task that is no process.
    let process: ProcessCore?
    let hasGivenUp: Bool

    /// Nil if it has its answer.
    init?(of node: ReplyNode) {
      if node.isAnswered { return nil }
      process = node.caller
      hasGivenUp = node.isAbandoned
    }

    /// Such as `Till "front" <0.3.0>, which is alive and awaiting something in its call`.
    var text: String {
      let givenUp = hasGivenUp ? ", which waits no longer" : ""
      guard let process else { return "a task that is no process\(givenUp)" }
      if !process.isAlive { return "\(process.title), which has ended" }
      return "\(process.title), which is alive and \(process.doing)\(givenUp)"
    }
  }
}
