public import GenServerKit

/// The next thing that a handler wanted its server to do, in a form that can be kept and compared.
///
/// ```swift
/// #expect(test.outcome == .goesOnWith(.timeout(.seconds(60), .idle)))
/// ```
///
/// It is the rest of a `Next` once its answer has been sent. Outcomes can be compared if the server's `Info` and
/// `Continue` can.
@nonexhaustive public enum Outcome<Server: GenServer> {
  /// The server waits for its next message.
  case goesOn

  /// The server goes on, and does this unless a message comes first.
  case goesOnWith(ServerAction<Server>)

  /// The server ends, after `terminate`.
  case stops(ExitReason)

  /// Sends the answer that is in `next`, as the server would, and keeps the rest.
  ///
  /// ```swift
  /// var server = test.state
  /// let next = try server.handleCast(.flush, context: test.context)
  /// #expect(Outcome(next) == .goesOn)
  /// ```
  public init(_ next: consuming NextStep<Server>) {
    let (reason, action) = next.carriedOut()
    if let reason { self = .stops(reason) } else { self = Self(action) }
  }

  init(_ action: ServerAction<Server>?) { self = action.map { .goesOnWith($0) } ?? .goesOn }

  /// Why the server ends; nil if it goes on.
  public var stopReason: ExitReason? { if case .stops(let reason) = self { reason } else { nil } }
}

extension Outcome: Equatable where Server.Info: Equatable, Server.Continue: Equatable {
  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.goesOn, .goesOn): true
    case (.goesOnWith(let a), .goesOnWith(let b)): a.isEqual(to: b)
    case (.stops(let a), .stops(let b)): a == b
    default: false
    }
  }
}

extension Outcome: Sendable where Server.Continue: Sendable {}
