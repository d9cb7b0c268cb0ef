/// The outcome of a handler: how the server goes on, and an answer to send when the handler is done.
///
/// ```swift
/// guard let item = items.popLast() else { return .fail(.empty, to: client) }
/// return .reply(item, to: client)
/// ```
///
/// Building a step with an answer claims the call that it answers, which may be an older one than the call being
/// handled. Returning it sends the answer. Dropping it, above all by throwing, takes claim and answer back, as if it
/// had never been built. That is why it cannot be copied.
@frozen public struct NextStep<Server: GenServer>: ~Copyable {
  @usableFromInline enum Kind: UInt8 {
    case goOn, stop, notHere
  }

  @usableFromInline let kind: Kind
  /// The node of the call that this answers: claimed, with its value written, and not yet published.
  @usableFromInline var node: ReplyNode?
  @usableFromInline var detail: NextDetail<Server>?

  @inlinable init(_ kind: Kind, _ node: consuming ReplyNode? = nil, _ detail: consuming NextDetail<Server>? = nil) {
    self.kind = kind
    self.node = node
    self.detail = detail
  }

  @inlinable deinit { if let node { node.reopen() } }

  /// Whether there is nothing to do but to send the answer.
  @inlinable var isSimple: Bool { kind == .goOn && detail == nil }

  @inlinable mutating func takeNode() -> ReplyNode? {
    let taken = node
    node = nil
    return taken
  }

  @inlinable @inline(__always) static func answering<Value>(
    _ value: consuming Value, _ client: consuming ReplyTo<Value>, _ kind: Kind = .goOn,
    _ detail: consuming NextDetail<Server>? = nil
  ) -> Self {
    // Taken out, so that it is moved: a copy would retain it once more.
    let node = (consume client).node
    guard node.claim() else {
      ReplyTo<Value>(node).logSecondAnswer()
      return Self(kind, nil, detail)
    }
    node.write(value)
    return Self(kind, consume node, detail)
  }

  @usableFromInline static func detail(_ action: ServerAction<Server>?) -> NextDetail<Server>? {
    action.map { NextDetail(action: $0) }
  }

  @inlinable static var notHere: Self { Self(.notHere) }

  /// Goes on without an answer; the request being handled is answered later, through its handle.
  @inlinable public static var noReply: Self { Self(.goOn) }

  /// Goes on without an answer, and then with `action`, if there is one.
  public static func noReply(then action: ServerAction<Server>?) -> Self { Self(.goOn, nil, detail(action)) }

  /// Answers with `value` and goes on.
  @inlinable public static func reply<Value>(
    _ value: consuming Value, to client: consuming ReplyTo<Value>, then action: ServerAction<Server>? = nil
  ) -> Self { answering(value, client, .goOn, action == nil ? nil : detail(action)) }

  /// Answers a request that waits for no value, and goes on.
  @inlinable public static func reply(to client: consuming ReplyTo<Void>, then action: ServerAction<Server>? = nil)
    -> Self
  {
    answering((), client, .goOn, action == nil ? nil : detail(action))
  }

  /// Answers with `.success(value)`.
  @inlinable public static func reply<Value, Failure>(
    _ value: consuming Value, to client: consuming ReplyTo<Result<Value, Failure>>,
    then action: ServerAction<Server>? = nil
  ) -> Self { answering(.success(value), client, .goOn, action == nil ? nil : detail(action)) }

  /// Answers with `.success(())`.
  @inlinable public static func reply<Failure>(
    to client: consuming ReplyTo<Result<Void, Failure>>, then action: ServerAction<Server>? = nil
  ) -> Self { answering(.success(()), client, .goOn, action == nil ? nil : detail(action)) }

  /// Answers with `.failure(error)`; the server goes on.
  @inlinable public static func fail<Value, Failure>(
    _ error: consuming Failure, to client: consuming ReplyTo<Result<Value, Failure>>,
    then action: ServerAction<Server>? = nil
  ) -> Self { answering(.failure(error), client, .goOn, action == nil ? nil : detail(action)) }

  /// Ends the server after `terminate`; calls that have no answer fail with `reason`.
  public static func stop(_ reason: ExitReason) -> Self { Self(.stop, nil, NextDetail(reason: reason)) }

  /// Ends the server and answers after `terminate` has run.
  public static func stop<Value>(
    _ reason: ExitReason, replying value: consuming Value, to client: consuming ReplyTo<Value>
  ) -> Self {
    answering(value, client, .stop, NextDetail(reason: reason))
  }
}

/// The rare part of a next step, in a box of its own to keep the others small.
@usableFromInline final class NextDetail<Server: GenServer> {
  @usableFromInline let action: ServerAction<Server>?
  @usableFromInline let reason: ExitReason

  init(action: ServerAction<Server>? = nil, reason: ExitReason = .normal) {
    self.action = action
    self.reason = reason
  }
}
