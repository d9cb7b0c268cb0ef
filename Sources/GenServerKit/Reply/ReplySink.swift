/// Where an answer goes: a waiting task, a pending reply, a closure of a test, later a remote caller.
@usableFromInline package protocol ReplySink: AnyObject, Sendable {
  /// The answer, or the failure, is in the node. Called once at most; returns whether somebody still waited for it.
  func answered(_ node: ReplyNode) -> Bool

  /// The last handle was dropped without an answer.
  func lost()

  /// The handler returned without an answer: from now on anyone may give it, and it is no longer certain that the
  /// caller waits for the server.
  func left()

  /// The server wants to hear of it when nobody wants the answer any more.
  func watch(_ watch: ClientWatch)

  /// Why nobody wants the answer any more, if the client has given up; nil after an answer, or after the server's end.
  func reasonForLeaving() -> ExitReason?

  /// Whether nobody wants the answer any more.
  var isOver: Bool { get }

  /// The process that called, if it was one.
  var caller: ProcessCore? { get }
}
