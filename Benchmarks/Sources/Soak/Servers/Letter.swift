import GenServerKit

/// Who sent a message, and its number among all that this sender sends: a server that handles one out of order, or twice,
/// sees it.
struct Tag: Hashable, Sendable {
  let sender: Int
  let sequence: Int

  /// Senders inside of handlers take turns with nobody and promise no order.
  var isOrdered: Bool { sender >= 0 }
}

/// What a worker does for a call.
struct Job: Sendable {
  enum Kind: Sendable {
    case answer
    /// Through the handle, before the handler returns.
    case answerFromHandle
    /// From a task that outlives the handler.
    case answerFromTask
    /// By a timer.
    case answerLater(Duration)
    /// Never.
    case drop
    /// After so long: a blocked thread in a plain handler, a sleep in an async one.
    case dwell(Duration)
    /// After it has asked another worker; an async handler waits for that.
    case forward(WorkerAddress)
    case answerThenContinue
    case answerThenHibernate
    case crash
    case stop
  }

  let tag: Tag
  let kind: Kind
  let parcel: Token
}

/// The answer to a job: for whom it is, and whose it is.
struct Answer: Hashable, Sendable {
  let tag: Tag
  let life: Int
}

/// What a worker gets by cast or as an info.
struct Letter: Sendable {
  enum Kind: Sendable {
    case count
    case dwell(Duration)
    case idle
    case `continue`
    case crash
    case stop
  }

  let tag: Tag
  let kind: Kind
  /// Whether the sender knows which life it went to, and holds it to be handled.
  let isOwed: Bool
  let parcel: Token
}

/// What a crashing worker throws.
struct Crash: Error, Hashable {
  let tag: Tag
}
