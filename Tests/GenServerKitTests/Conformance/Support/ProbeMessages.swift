import GenServerKit

/// The requests of a probe, one for each way to answer or not to answer.
enum ProbeCall: Sendable {
  /// Adds a note and answers with all of them.
  case note(String, ReplyTo<[String]>)
  case notes(ReplyTo<[String]>)
  /// Keeps the handle, for `ProbeInfo.answer`.
  case hold(ReplyTo<String>)
  /// Keeps the handle and answers when a timer's message arrives.
  case answer(String, after: Duration, ReplyTo<String>)
  /// Keeps the handle and answers when nothing has arrived for so long.
  case answerWhenIdle(String, for: Duration, ReplyTo<String>)
  /// Hands the handle to another server.
  case delegate(String, to: ProbeServer, ReplyTo<String>)
  /// Hands the handle to a task.
  case delegateToTask(String, ReplyTo<String>)
  /// Answers, and goes on when the gate opens.
  case answerFirst(String, Gate, ReplyTo<String>)
  /// Waits at the gate and then keeps the handle.
  case wait(Gate, ReplyTo<String>)
  case fail(ProbeError, ReplyTo<String>)
  case stop(ExitReason, ReplyTo<String>)
  case stopReplying(ExitReason, String, ReplyTo<String>)
}

enum ProbeCast: Sendable {
  case note(String)
  /// Answers somebody else's request.
  case answer(String, ReplyTo<String>)
  case wait(Gate)
  /// Waits at the gate and then throws.
  case waitAndFail(Gate, ProbeError)
  case fail(ProbeError)
  case stop(ExitReason)
  /// Asks for a step that comes before the mailbox.
  case proceed(ProbeStep)
}

enum ProbeInfo: Sendable {
  case note(String)
  /// Answers the oldest request whose handle is kept.
  case answer(String)
  /// The same through what the handler returns.
  case answerByReturning(String)
}

enum ProbeStep: Sendable {
  case fail(ProbeError)
}
