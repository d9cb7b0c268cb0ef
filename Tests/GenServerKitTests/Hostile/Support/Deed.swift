/// What a rogue server does with a request.
enum Deed: CaseIterable, Sendable {
  case reply
  case replyThroughHandle
  case replyFromThread
  case replyFromTask

  case replyTwice
  case replyAndReturnReply
  case buildAndReplyThroughHandle
  case replyTwiceFromThreads

  case drop
  case dropFromThread
  case buildAndDrop
  case buildAndDropThenReply

  /// Keeps the request.
  case keep
  /// Keeps the request, and a thread answers it.
  case keepAndReplyFromThread
  /// Puts the handle where the test finds it.
  case shelve
  /// Answers the oldest request that is kept, and then this one.
  case replyToOldest
  /// Drops what is kept and answers.
  case dropKept
  /// Builds an answer for the oldest request that is kept, drops it, and answers this one.
  case buildAndDropForOldest

  case throwError
  case throwAfterBuilding
  case throwAfterBuildingForOldest
  case throwAfterReplying
  case keepAndThrow

  case stop
  case stopReplying
  case exit
  case exitAndReply
}

extension Deed {
  /// What comes of a request if nobody else interferes.
  enum Fate: Sendable {
    case answer
    case noReply
    case crash
    case stop
    case killed
    case answerOrKilled
    /// Nothing, until others do something.
    case open
  }

  var fate: Fate {
    switch self {
    case .reply, .replyThroughHandle, .replyFromThread, .replyFromTask, .replyTwice, .replyAndReturnReply,
      .buildAndReplyThroughHandle, .replyTwiceFromThreads, .buildAndDropThenReply, .keepAndReplyFromThread,
      .replyToOldest, .dropKept, .buildAndDropForOldest, .throwAfterReplying, .stopReplying:
      .answer
    case .drop, .dropFromThread, .buildAndDrop: .noReply
    case .throwError, .throwAfterBuilding, .throwAfterBuildingForOldest, .keepAndThrow: .crash
    case .stop: .stop
    case .exit: .killed
    case .exitAndReply: .answerOrKilled
    case .keep, .shelve: .open
    }
  }
}
