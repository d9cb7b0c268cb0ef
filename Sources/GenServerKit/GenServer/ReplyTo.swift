/// The right to answer one request, once, from anywhere; OTP's `from`.
///
/// ```swift
/// case .lookup(let key, let client):
///   context.task { client.reply(await remote.fetch(key)) }
///   return .noReply
/// ```
///
/// When the last copy goes away without an answer, the caller gets `CallError.replyDropped` at once. An answer that
/// comes after the caller gave up, or after the server ended, goes nowhere.
@frozen public struct ReplyTo<Value: Sendable>: Sendable {
  @usableFromInline let node: ReplyNode

  @inlinable init(_ node: ReplyNode) { self.node = node }

  /// Answers now and returns whether a waiting caller took it; a second answer is logged and dropped.
  ///
  /// Check the result where you hand out a connection or a job, which must not go to a caller that has given up. See
  /// `GenServer.reply/2` in Elixir.
  @inlinable @discardableResult public func reply(_ value: Value) -> Bool {
    guard node.claim() else {
      logSecondAnswer()
      return false
    }
    node.write(value)
    return node.publish()
  }

  /// Whether the caller neither has an answer nor gave up.
  ///
  /// The caller may give up in the next moment, even while the handler runs. Use this to skip work that nobody waits
  /// for. For what must not be lost or given twice, rely on the result of `reply(_:)`.
  public var isWaiting: Bool { !node.isAnswered && !node.isAbandoned }

  /// The process that called, or nil if it was no process.
  public var caller: PID? { node.caller.map { PID($0) } }

  @usableFromInline @inline(never) func logSecondAnswer() {
    if node === ReplyNode.spent { return }
    ProcessCore.logSecondAnswer(of: Value.self)
  }
}

extension ReplyTo where Value == Void {
  /// Answers a request that waits for no value; see `reply(_:)`.
  @inlinable @discardableResult public func reply() -> Bool { reply(()) }
}

extension ReplyTo {
  /// Answers with `.success(value)`; see `reply(_:)`.
  @discardableResult public func reply<Success, Failure>(_ value: Success) -> Bool
  where Value == Result<Success, Failure> { reply(Result<Success, Failure>.success(value)) }

  /// Answers with `.success(())`; see `reply(_:)`.
  @discardableResult public func reply<Failure>() -> Bool where Value == Result<Void, Failure> {
    reply(Result<Void, Failure>.success(()))
  }

  /// Answers with `.failure(error)`; see `reply(_:)`.
  @discardableResult public func fail<Success, Failure>(_ error: Failure) -> Bool
  where Value == Result<Success, Failure> { reply(Result<Success, Failure>.failure(error)) }
}
