public import GenServerKit

/// A call that a test made, with a caller that can wait and give up.
///
/// ```swift
/// let checkOut = try test.call(from: .standIn()) { .checkOut($0) }
/// #expect(checkOut.reply == nil)          // it waits
/// try test.cast(.checkIn(connection))
/// #expect(checkOut.reply != nil)
/// ```
public struct TestCall<Server: GenServer, Value: Sendable> {
  private let pending: PendingReply<Value>

  /// The outcome of the handler.
  public let outcome: Outcome<Server>

  init(_ pending: PendingReply<Value>, _ outcome: Outcome<Server>) {
    self.pending = pending
    self.outcome = outcome
  }

  /// The answer, even if it came after the handler had returned; nil while there is none.
  public var reply: Value? { if case .success(let value) = pending.settled { value } else { nil } }

  /// Why there will be no answer: `replyDropped` when the last handle was dropped, `timeout` when the caller gave up,
  /// `exit` when the server has ended. Nil while the caller waits, and when it has its answer.
  public var failure: CallError? { if case .failure(let error) = pending.settled { error } else { nil } }

  /// Makes the caller give up, as after a timeout: an answer then goes nowhere, and a server that watches the caller
  /// hears of it.
  public func giveUp() { pending.timeOut() }
}

extension TestCall: Sendable where Server.Continue: Sendable {}
